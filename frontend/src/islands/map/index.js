// The map of the complex: one cached GeoJSON, drawn locally, coloured by the live states.
//
// Antialiasing stays off: without a graphics card it doubled the cost of a frame, and nobody saw it.

import { Map as MapLibre, NavigationControl, setWorkerUrl } from 'maplibre-gl'
import { fail, stylesheet } from '../../islands.js'
import { language, t } from '../../language.js'
import { load } from '../../requests.js'
import { onEvent } from '../../stream.js'
import { fit, roam, start } from './camera.js'
import { collection, middle, point, sort } from './features.js'
import { legend, tip, wind } from './overlay.js'
import { States } from './states.js'
import { colours, layers, style } from './style.js'
import { PIXEL_RATIO, pictures } from './symbols.js'

const address = (name) => new URL(FILES[name], import.meta.url).href
setWorkerUrl(address('map-worker.mjs'))

const MOST_PIXELS = 1.5
const REPAINT = 500
const NARROW = 720
const HOVER_EVERY = 80
const CLOSE = 15.8
const PANEL = 384
const CLICKABLE = ['mark', 'points-far', 'points-near', 'points-close', 'vehicle', 'building']

const WORDS = language === 'ko' && {
  'Map.Title': '단지 지도',
  'NavigationControl.ResetBearing': '북쪽 맞추기',
  'NavigationControl.ZoomIn': '확대',
  'NavigationControl.ZoomOut': '축소',
  'CooperativeGesturesHandler.WindowsHelpText': 'Ctrl 키를 누른 채 굴리면 확대됩니다',
  'CooperativeGesturesHandler.MacHelpText': '⌘ 키를 누른 채 굴리면 확대됩니다',
  'CooperativeGesturesHandler.MobileHelpText': '두 손가락으로 움직이십시오',
}

async function features(src) {
  const answer = await fetch(src)
  if (!answer.ok) throw new Error(`${src}: ${answer.status}`)
  return answer.json()
}

class Island {
  constructor(element) {
    this.element = element
    this.plain = 'plain' in element.dataset
    this.stage = document.createElement('div')
    this.stage.className = 'map-stage'
    element.replaceChildren(this.stage)
    this.states = new States(Number(element.dataset.repaint ?? REPAINT), (changes) => this.paint(changes))
    if (!this.plain && !element.dataset.loads && !element.dataset.values) {
      this.count = legend(element)
      this.wind = wind(element)
    }
    this.tip = tip(element)
    this.vehicles = new Map()
    this.stops = [
      onEvent('states', (pairs) => this.states.take(pairs)),
      onEvent('snapshot', ({ states }) => states && this.states.reset(states)),
      onEvent('wind', (blown) => this.wind?.blow(blown)),
      onEvent('vehicles', (given) => this.drive(given)),
      onEvent('theme', () => this.repaintAll()),
    ]
    const onPick = (event) => this.picked(event)
    document.addEventListener('click', onPick)
    this.stops.push(() => document.removeEventListener('click', onPick))
  }

  async start() {
    const { dataset } = this.element
    const [given] = await Promise.all([features(dataset.src), stylesheet('map.css')])
    const labelled = dataset.labels === undefined ? undefined : new Set(dataset.labels.split(' '))
    this.sorted = sort(given, labelled)
    const c = colours()
    this.map = new MapLibre({
      container: this.stage,
      style: style(c, this.sorted, address('font.woff2')),
      ...start(this.element, this.sorted.extent),
      maxBounds: roam(this.sorted.extent),
      maxPitch: 65,
      maxZoom: 19,
      minZoom: 10,
      renderWorldCopies: false,
      attributionControl: false,
      fadeDuration: 0,
      pixelRatio: Math.min(devicePixelRatio, MOST_PIXELS),
      canvasContextAttributes: { antialias: false, powerPreference: 'high-performance' },
      cooperativeGestures: this.element.clientWidth < NARROW,
      validateStyle: false,
      locale: WORDS || undefined,
    })
    const { map } = this
    fit(map, this.element, this.sorted.extent)
    map.getCanvas().setAttribute('aria-label', this.element.getAttribute('aria-label') ?? t('단지 지도', 'Map of the complex'))
    map.addControl(new NavigationControl({ visualizePitch: true, showZoom: !this.plain || this.stage.clientWidth > 320 }), this.plain ? 'top-right' : 'top-left')
    map.on('error', ({ error }) => console.error('map', error))
    map.on('rotate', () => this.wind?.turned(map.getBearing()))
    this.wind?.turned(map.getBearing())
    map.on('click', (event) => this.clicked(event))
    this.hover()
    for (const [name, image] of Object.entries(pictures(c))) map.addImage(name, image, { pixelRatio: PIXEL_RATIO })
    await new Promise((loaded) => map.once('load', loaded))
    this.states.start([...this.sorted.buildings, ...this.sorted.points].map(({ properties }) => properties.n))
    if (this.vehicles.size) this.drive()
    if (dataset.focus) this.choose(Number(dataset.focus), { quiet: true })
    if (dataset.zones) {
      const { zones } = await import('./zones.js')
      this.stops.push(await zones(map, this.element))
    }
    if (dataset.loads) {
      const { loads } = await import('./loads.js')
      this.stops.push(await loads(map, this.element, c, this.tip))
    }
    if (dataset.values) {
      const { values } = await import('./values.js')
      this.stops.push(await values(map, this.element, c, this.tip))
    }
    if (dataset.sketch) {
      const { sketch } = await import('./sketch.js')
      this.sketch = await sketch(map, this.element, c)
    }
    map.once('idle', () => (this.element.dataset.ready = ''))
  }

  paint(changes) {
    if (this.element.dataset.values) return // two meanings of one colour would be none
    const { map, sorted } = this
    const began = performance.now()
    for (const [n, s] of changes) map.setFeatureState({ source: 'buildings', id: n }, { s })
    this.applied = { changes: changes.size, ms: performance.now() - began } // read by the browser tests and the benchmark
    this.count?.(this.states.counts)
    const marks = this.states.marks(sorted.byNumber)
    const shown = marks.features.map(({ properties: { n, s } }) => `${n}:${s}`).join()
    if (shown !== this.shown) map.getSource('marks').setData(marks)
    this.shown = shown
  }

  drive(given) {
    if (given) this.vehicles = new Map(given.map((vehicle) => [vehicle[0], vehicle]))
    const moving = [...this.vehicles.values()].map(([n, lon, lat, heading]) => point([lon, lat], { n, kind: 'vehicle', heading: heading ?? 0 }))
    this.map?.getSource('vehicles')?.setData(collection(moving))
  }

  repaintAll() {
    const { map } = this
    if (!map?.getLayer('building')) return
    const c = colours()
    for (const [name, image] of Object.entries(pictures(c))) map.updateImage(name, image)
    for (const { id, paint } of layers(c)) for (const [name, value] of Object.entries(paint)) map.setPaintProperty(id, name, value)
  }

  at(where) {
    const { x, y } = where
    return this.map.queryRenderedFeatures([[x - 4, y - 4], [x + 4, y + 4]], { layers: CLICKABLE.filter((id) => this.map.getLayer(id)) })[0]
  }

  hover() {
    const { map, tip: name } = this
    let due = 0
    map.on('mousemove', ({ point: where }) => {
      if (performance.now() < due || map.isMoving()) return
      due = performance.now() + HOVER_EVERY
      const found = this.at(where)
      map.getCanvas().style.cursor = found ? 'pointer' : ''
      const properties = found && (this.sorted.byNumber.get(found.properties.n)?.properties ?? found.properties)
      if (properties?.name) name.show(where, properties.name)
      else name.hide()
    })
    map.on('mouseout', () => name.hide())
    map.on('movestart', () => name.hide())
  }

  clicked({ point: where, lngLat }) {
    if (this.sketch?.drawing()) return
    const { place, placeTarget } = this.element.dataset
    const beside = placeTarget && document.querySelector(placeTarget)
    if (beside) load(place.replace('{lon}', lngLat.lng.toFixed(6)).replace('{lat}', lngLat.lat.toFixed(6)), beside)
    const found = this.at(where)
    if (found) this.choose(found.properties.n, { stay: true })
  }

  picked(event) {
    const picker = event.target.closest?.('[data-map-select]')
    if (!picker || event.ctrlKey || event.metaKey || event.shiftKey) return
    if (!this.sorted?.byNumber.has(Number(picker.dataset.mapSelect))) return
    event.preventDefault()
    this.choose(Number(picker.dataset.mapSelect))
  }

  /** Select the feature `n`: ring it, bring it into view, tell the page, load its panel. */
  choose(n, { stay = false, quiet = false } = {}) {
    const feature = this.sorted.byNumber.get(n)
    if (!feature) return
    const { id, kind, name } = feature.properties
    const { panel, panelTarget } = this.element.dataset
    const target = panelTarget && document.querySelector(panelTarget)
    const beside = !quiet && target && this.element.parentElement.contains(target) && this.element.clientWidth > NARROW
    this.map.getSource('chosen').setData(feature)
    if (!stay)
      this.map.easeTo({
        center: middle(feature.geometry),
        zoom: Math.max(this.map.getZoom(), CLOSE),
        offset: [beside ? -PANEL / 2 : 0, 0], // the panel lies over the right of the map
        duration: quiet ? 0 : 400,
      })
    if (quiet) return
    document.body.dispatchEvent(new CustomEvent('sandan:select', { detail: { n, id, kind, name } }))
    if (panel && target && id) load(panel.replace('{id}', encodeURIComponent(id)), target)
  }

  stop() {
    for (const stop of this.stops) stop()
    this.states.stop()
    this.map?.remove()
  }
}

/** Mount a map; it listens at once and draws when it can. */
export function mount(element) {
  const island = new Island(element)
  element.island = island
  island.start().catch((error) => {
    island.stop()
    fail(element, error)
  })
  return () => island.stop()
}
