// How heavily lines and transformers are loaded and which voltage they have, without a plan and with it. The
// form says which of it is drawn; only another quarter-hour is asked of the server.

import { t } from '../../language.js'
import { collection } from './features.js'
import { swatches } from './overlay.js'

const FONT = 'Sandan Sans'
const OVER = 2
const LEVELS = [
  [-1, 'edge', ['한도 모름', 'no limit known']],
  [0, 'good', ['여유', 'fine']],
  [1, 'state-2', ['한도의 80 % 이상', '80 % of the limit or more']],
  [OVER, 'state-1', ['한도 초과', 'over the limit']],
]

/** Draw what `data-loads` answers; `data-loads-form` names the form with `what`, `when` and `at`. */
export async function loads(map, element, c, tip) {
  const form = document.querySelector(element.dataset.loadsForm)
  const chosen = () => `${form.elements.what.value}_${form.elements.when.value}`
  const colour = () => ['match', ['get', chosen()], ...LEVELS.flatMap(([level, name]) => [level, c(name)]), c('edge')]
  const wide = (calm, over) => ['case', ['>=', ['get', chosen()], OVER], over, calm]
  const is = (type) => ['==', ['geometry-type'], type]
  let shown = collection([])

  map.addSource('loads', { type: 'geojson', data: shown })
  const layers = [
    { id: 'loads-line', type: 'line', filter: is('LineString'), layout: { 'line-cap': 'round' }, paint: {} },
    { id: 'loads-point', type: 'circle', filter: is('Point'), paint: { 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 1 } },
    { id: 'loads-name', type: 'symbol', layout: { 'text-font': [FONT], 'text-size': 12, 'text-offset': [0, 0.9], 'text-anchor': 'top' }, paint: { 'text-color': c('text'), 'text-halo-color': c('map-halo'), 'text-halo-width': 1.6 } },
  ]
  for (const layer of layers) map.addLayer({ ...layer, source: 'loads' })

  function paint() {
    const bigger = (far, near) => ['interpolate', ['linear'], ['zoom'], 13, far, 16, near]
    map.setPaintProperty('loads-line', 'line-color', colour())
    const thick = (calm, over) => ['case', ['get', 'lateral'], wide(calm / 3, over / 2), wide(calm, over)]
    map.setPaintProperty('loads-line', 'line-width', bigger(thick(3, 5), thick(5, 8)))
    map.setPaintProperty('loads-point', 'circle-color', colour())
    map.setPaintProperty('loads-point', 'circle-radius', bigger(wide(2.5, 6), wide(6, 10)))
    map.setFilter('loads-name', ['all', is('Point'), ['>=', ['get', chosen()], OVER]])
    map.setLayoutProperty('loads-name', 'text-field', ['concat', ['get', 'name'], ' ', ['get', `${chosen()}_words`]])
  }

  async function read() {
    const answer = await fetch(`${element.dataset.loads}?at=${form.elements.at?.value ?? -1}`)
    if (!answer.ok) throw new Error(`${element.dataset.loads}: ${answer.status}`)
    shown = await answer.json()
    map.getSource('loads').setData(shown)
  }

  const redraw = ({ target }) => (target.name === 'at' ? read().catch(() => {}) : paint())
  form.addEventListener('change', redraw)
  map.on('mousemove', ['loads-line', 'loads-point'], ({ features: [found], point }) => {
    const { name, [`${chosen()}_words`]: words } = found.properties
    tip.show(point, `${name} ${words}`)
  })
  map.on('mouseleave', ['loads-line', 'loads-point'], () => tip.hide())
  swatches(element, LEVELS.toReversed().map(([, name, words]) => [c(name), t(...words)]))
  paint()
  await read()
  return () => form.removeEventListener('change', redraw)
}
