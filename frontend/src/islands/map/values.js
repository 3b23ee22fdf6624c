// What was measured at one hour, a quantity at a time: colour, number and word at each place, the wind of that
// hour, and the legend as the server tells it. The form's slider goes back through the hours.

import { t } from '../../language.js'
import { collection } from './features.js'
import { swatches, wind } from './overlay.js'

const FONT = 'Sandan Sans'
const OVER = 4

/** Draw what `data-values` answers; `data-values-form` names the form with `at`, hours counted up to now. */
export async function values(map, element, c, tip) {
  const form = document.querySelector(element.dataset.valuesForm)
  const arrow = wind(element)
  let asked = 0
  map.addSource('values', { type: 'geojson', data: collection([]) })
  const worst = ['get', 'level']
  for (const layer of [
    { id: 'values-point', type: 'circle', layout: { 'circle-sort-key': worst }, paint: { 'circle-radius': ['case', ['>=', worst, OVER], 11, 8], 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2 } },
    { id: 'values-name', type: 'symbol', layout: { 'text-font': [FONT], 'text-field': ['get', 'label'], 'text-size': 13, 'text-offset': [0, 0.9], 'text-anchor': 'top', 'symbol-sort-key': ['-', worst] }, paint: { 'text-color': c('text'), 'text-halo-color': c('map-halo'), 'text-halo-width': 1.8 } },
  ]) map.addLayer({ ...layer, source: 'values' })

  async function read() {
    const mine = ++asked
    const { at } = form.elements
    const back = Number(at.max) - Number(at.value)
    const answer = await fetch(`${element.dataset.values}&back=${back}`)
    if (!answer.ok) throw new Error(`${element.dataset.values}: ${answer.status}`)
    const given = await answer.json()
    if (mine !== asked) return // an answer that was overtaken
    map.setPaintProperty('values-point', 'circle-color', ['match', worst, ...given.legend.flatMap(({ level, colour }) => [level, c(colour)]), c('edge')])
    map.getSource('values').setData(given)
    swatches(element, given.legend.map(({ colour, words }) => [c(colour), words]))
    arrow.blow(given.wind)
    at.setAttribute('aria-valuetext', given.hour)
    form.elements.hour.value = back ? given.hour : `${given.hour} (${t('마지막 한 시간', 'last whole hour')})`
  }

  const again = () => read().catch((error) => console.warn('values', error))
  form.addEventListener('input', again)
  map.on('mousemove', 'values-point', ({ features: [found], point }) => tip.show(point, `${found.properties.name} ${found.properties.words}`))
  map.on('mouseleave', 'values-point', () => tip.hide())
  await read()
  return () => form.removeEventListener('input', again)
}
