// The map's style, from the page's own colours: grey and flat, so that a coloured building stands out.

import { NEARNESS, collection } from './features.js'

const FONT = 'Sandan Sans'
const STATES = [1, 2, 3, 4, 5]
const LINE = ['interpolate', ['exponential', 2], ['zoom']]

/** The map colours of the theme in force. */
export function colours() {
  const style = getComputedStyle(document.documentElement)
  return (name) => style.getPropertyValue(`--${name}`).trim()
}

const kind = (...kinds) => ['match', ['get', 'kind'], kinds, true, false]
const metres = (width, most) => [...LINE, 12, width * 0.05, 15, width * 0.4, 18, Math.min(most, width * 3.2)]
const roadWidth = (extra) => [...LINE, 12, ['match', ['get', 'class'], 'main', 1.2, 0.6], 15, ['match', ['get', 'class'], 'main', 7 + extra, 4 + extra], 18, ['match', ['get', 'class'], 'main', 52 + extra, 30 + extra]]

const byState = (c, calm) => ['match', ['coalesce', ['feature-state', 's'], 0], ...STATES.flatMap((s) => [s, c(`state-${s}`)]), calm]

const area = (id, kinds, color, more = {}) => ({ id, type: 'fill', source: 'ground', filter: ['all', ['==', ['geometry-type'], 'Polygon'], kind(...kinds)], paint: { 'fill-color': color, ...more } })
const road = (id, color, extra) => ({
  id,
  type: 'line',
  source: 'ground',
  filter: kind('road'),
  layout: { 'line-cap': 'round', 'line-join': 'round' },
  paint: { 'line-color': color, 'line-width': roadWidth(extra) },
})
const label = (id, size, c, more = {}) => ({
  id,
  type: 'symbol',
  layout: { 'text-font': [FONT], 'text-field': ['get', 'name'], 'text-size': size, 'text-padding': 4, ...more },
  paint: { 'text-color': c('text'), 'text-halo-color': c('map-halo'), 'text-halo-width': 1.6 },
})
const symbols = (id, kinds, minzoom, size) => ({
  id,
  type: 'symbol',
  source: 'points',
  minzoom,
  filter: kind(...kinds),
  layout: { 'icon-image': ['get', 'kind'], 'icon-size': size, 'icon-allow-overlap': true, 'icon-ignore-placement': true },
  paint: {},
})

/** By how much a video wall's type is larger. */
const scale = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16

/** Every layer in drawing order; on a change of theme only the paint differs. */
export function layers(c) {
  const k = scale()
  return [
    { id: 'ground', type: 'background', paint: { 'background-color': c('map-ground') } },
    area('complex', ['complex'], c('map-complex')),
    area('zone', ['zone'], c('map-zone')),
    area('block', ['block'], c('map-block')),
    area('parcel', ['parcel'], c('map-parcel')),
    { id: 'parcel-edge', type: 'line', source: 'ground', minzoom: 14, filter: kind('parcel'), paint: { 'line-color': c('map-parcel-line'), 'line-width': metres(0.6, 2) } },
    area('green', ['green'], c('map-green')),
    area('stream', ['stream'], c('map-water')),
    road('road-edge', c('map-road-edge'), 2),
    road('road', c('map-road'), 0),
    { id: 'feeder', type: 'line', source: 'ground', minzoom: 15, filter: kind('feeder'), paint: { 'line-color': c('map-feeder'), 'line-width': 1.2, 'line-dasharray': [3, 2] } },
    {
      id: 'building',
      type: 'fill-extrusion',
      source: 'buildings',
      paint: {
        'fill-extrusion-color': byState(c, c('map-building')),
        'fill-extrusion-height': ['coalesce', ['get', 'height'], 8],
        'fill-extrusion-opacity': 1,
      },
    },
    { id: 'chosen', type: 'line', source: 'chosen', filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': c('focus'), 'line-width': 3.5 } },
    { id: 'chosen-point', type: 'circle', source: 'chosen', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 16, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-color': c('focus'), 'circle-stroke-width': 3 } },
    {
      id: 'vehicle',
      type: 'symbol',
      source: 'vehicles',
      layout: { 'icon-image': 'vehicle', 'icon-size': ['interpolate', ['linear'], ['zoom'], 12, 0.5, 15, 1], 'icon-rotate': ['get', 'heading'], 'icon-rotation-alignment': 'map', 'icon-allow-overlap': true, 'icon-ignore-placement': true },
      paint: {},
    },
    symbols('points-close', NEARNESS.close, 16.6, 0.7 * k),
    symbols('points-near', NEARNESS.near, 15.7, 0.7 * k),
    symbols('points-far', NEARNESS.far, 0, ['interpolate', ['linear'], ['zoom'], 12, 0.45 * k, 15, 0.68 * k, 17, 0.9 * k]),
    {
      id: 'mark',
      type: 'symbol',
      source: 'marks',
      filter: ['any', ['<=', ['get', 's'], 3], ['>=', ['zoom'], 14]],
      layout: {
        'icon-image': ['concat', 'mark-', ['get', 's']],
        'icon-size': ['interpolate', ['linear'], ['zoom'], 12, 0.42 * k, 14.5, 0.7 * k, 17, 1.1 * k],
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
        'symbol-sort-key': ['-', 10, ['get', 's']],
      },
      paint: {},
    },
    { ...label('road-name', 12 * k, c, { 'symbol-placement': 'line-center', 'text-letter-spacing': 0.04 }), source: 'ground', minzoom: 14.6, filter: ['all', kind('road'), ['==', ['get', 'class'], 'main']] },
    { ...label('building-name', 12 * k, c, { 'text-max-width': 8 }), source: 'buildings', minzoom: 16.6 },
    { ...label('place', ['interpolate', ['linear'], ['zoom'], 12, 12 * k, 15, 15 * k], c, { 'symbol-sort-key': ['get', 'rank'], 'text-max-width': 9 }), source: 'labels', maxzoom: 17 },
  ]
}

const empty = () => ({ type: 'geojson', data: collection([]) })

/** A style without glyph server, sprite or tiles. */
export function style(c, sorted, font) {
  const data = (features) => ({ type: 'geojson', data: collection(features), tolerance: 0.2, buffer: 16, maxzoom: 16 })
  return {
    version: 8,
    transition: { duration: 0, delay: 0 },
    'font-faces': { [FONT]: font },
    light: { anchor: 'map', color: '#ffffff', intensity: 0.28, position: [1.3, 205, 32] },
    sources: {
      ground: data(sorted.ground),
      buildings: { ...data(sorted.buildings), promoteId: 'n' },
      points: data(sorted.points),
      labels: data(sorted.labels),
      marks: empty(),
      vehicles: empty(),
      chosen: empty(),
    },
    layers: layers(c),
  }
}
