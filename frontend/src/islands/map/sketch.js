// Drawing on a map: points, lines and areas with a name each, kept where the page says. What is drawn is
// also the answer to the server's question who drew over whom: a sketch is saved with the revision it saw.

import { t } from '../../language.js'
import { csrf, refused } from '../../requests.js'
import { toast } from '../../toasts.js'
import { collection } from './features.js'

const FONT = 'Sandan Sans'
const LEAST = { Point: 1, LineString: 2, Polygon: 3 }
const DIGITS = 1e6

function layers(c) {
  const is = (type) => ['==', ['geometry-type'], type]
  return [
    { id: 'sketch-area', type: 'fill', filter: is('Polygon'), paint: { 'fill-color': c('focus'), 'fill-opacity': 0.18 } },
    { id: 'sketch-line', type: 'line', filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': c('focus'), 'line-width': 3 } },
    { id: 'sketch-point', type: 'circle', filter: is('Point'), paint: { 'circle-radius': ['case', ['to-boolean', ['get', 'number']], 11, ['to-boolean', ['get', 'place']], 9, 6], 'circle-color': ['case', ['to-boolean', ['get', 'place']], c('state-1'), c('focus')], 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2 } },
    { id: 'sketch-number', type: 'symbol', filter: ['to-boolean', ['get', 'number']], layout: { 'text-font': [FONT], 'text-field': ['get', 'number'], 'text-size': 13, 'text-allow-overlap': true }, paint: { 'text-color': '#ffffff' } },
    { id: 'sketch-name', type: 'symbol', layout: { 'text-font': [FONT], 'text-field': ['get', 'label'], 'text-size': 13, 'text-offset': [0, 1.2], 'text-anchor': 'top', 'text-allow-overlap': true }, paint: { 'text-color': c('text'), 'text-halo-color': c('map-halo'), 'text-halo-width': 1.8 } },
  ].map((layer) => ({ ...layer, source: 'sketch' }))
}

const feature = (type, coordinates, label = '') => ({ type: 'Feature', geometry: { type, coordinates }, properties: { label } })

function geometry(type, vertices) {
  if (type === 'Point') return feature('Point', vertices[0])
  return type === 'Polygon' && vertices.length >= 3 ? feature('Polygon', [[...vertices, vertices[0]]]) : feature('LineString', vertices)
}

/** Show the sketch of `element.dataset.sketch`; with `data-sketch-to`, let it be drawn and kept there. */
export async function sketch(map, element, c) {
  let kept = []
  let place = []
  let revision
  let type = null
  let vertices = []
  map.addSource('sketch', { type: 'geojson', data: collection([]) })
  for (const layer of layers(c)) map.addLayer(layer)

  function draw() {
    const open = vertices.length > 1 ? [geometry(type, vertices)] : vertices.map((at) => feature('Point', at))
    map.getSource('sketch').setData(collection([...kept, ...place, ...open]))
  }

  async function read() {
    const answer = await fetch(element.dataset.sketch)
    if (!answer.ok) throw new Error(`${element.dataset.sketch}: ${answer.status}`)
    const given = await answer.json()
    revision = given.revision
    kept = given.features.filter(({ properties }) => !properties.place)
    place = given.features.filter(({ properties }) => properties.place)
    draw()
  }

  async function save() {
    const body = new FormData()
    body.set('sketch', JSON.stringify(collection(kept)))
    body.set('seen', revision)
    const answer = await fetch(element.dataset.sketchTo, { method: 'POST', body, headers: { 'X-CSRF-Token': csrf(), accept: 'text/html' } })
    if (!answer.ok) return refused(answer.status, await answer.text(), answer.headers.get('content-type'))
    revision = (await answer.json()).revision
    toast(t('그림을 저장했습니다.', 'The sketch is kept.'), 'good')
  }

  function button(parent, word, act) {
    const made = document.createElement('button')
    made.type = 'button'
    made.className = 'button small'
    made.textContent = word
    made.addEventListener('click', () => act(made))
    parent.append(made)
    return made
  }

  function tools() {
    const bar = document.createElement('div')
    bar.className = 'sketch-tools'
    const name = document.createElement('input')
    name.className = 'input'
    name.maxLength = 100
    name.placeholder = t('이름 (예: 지휘소)', 'name, such as command post')
    name.setAttribute('aria-label', t('그릴 것의 이름', 'Name of what is drawn'))
    const choose = (wanted) => (pressed) => {
      finish()
      type = type === wanted ? null : wanted
      for (const one of bar.querySelectorAll('[aria-pressed]')) one.setAttribute('aria-pressed', one === pressed && type !== null)
      map.getCanvas().style.cursor = type ? 'crosshair' : ''
    }
    for (const [wanted, word] of [['Point', t('점', 'Point')], ['LineString', t('선', 'Line')], ['Polygon', t('면', 'Area')]]) button(bar, word, choose(wanted)).setAttribute('aria-pressed', 'false')
    bar.append(name)
    button(bar, t('되돌리기', 'Undo'), () => {
      if (vertices.length) vertices.pop()
      else kept = kept.slice(0, -1)
      draw()
    })
    button(bar, t('그림 저장', 'Keep'), () => {
      finish()
      save()
    })

    function finish() {
      if (type && vertices.length >= LEAST[type]) {
        const made = geometry(type, vertices)
        made.properties.label = name.value.trim()
        name.value = ''
        kept = [...kept, made]
      }
      vertices = []
      draw()
    }

    map.on('click', ({ lngLat }) => {
      if (!type) return
      vertices = [...vertices, [lngLat.lng, lngLat.lat].map((degrees) => Math.round(degrees * DIGITS) / DIGITS)]
      if (type === 'Point') finish()
      else draw()
    })
    map.on('dblclick', (event) => {
      if (!type) return
      event.preventDefault()
      finish()
    })
    element.after(bar)
  }

  // A numbered mark leads to its entry in the list beside the map.
  map.on('click', 'sketch-point', ({ features: [{ properties }] }) => {
    const entry = properties.entry && document.getElementById(properties.entry)
    if (!entry) return
    entry.scrollIntoView({ block: 'nearest' })
    entry.focus()
  })

  await read()
  if (element.dataset.sketchTo) tools()
  document.body.addEventListener('sandan:incident', () => type || read().catch(() => {}))
  return { drawing: () => type !== null }
}
