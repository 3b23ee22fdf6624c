// Where something dangerous goes: areas by threshold, the highest on top, and dashed what may be reached too.

import { collection } from './features.js'

const FILL = ['match', ['get', 'rank'], 0, '#d1121f', 1, '#f0821d', '#f5cb2e']
const EDGE = ['match', ['get', 'rank'], 0, '#8f0b14', 1, '#8a4100', '#846300']
const EVERY = 60_000

/** Show the areas of `element.dataset.zones`, read again each minute and when the incident changes. */
export async function zones(map, element) {
  const before = map.getLayer('mark') ? 'mark' : undefined
  map.addSource('hazard', { type: 'geojson', data: collection([]) })
  const of = (zone) => ['==', ['get', 'zone'], zone]
  map.addLayer({ id: 'hazard', type: 'fill', source: 'hazard', filter: of('area'), paint: { 'fill-color': FILL, 'fill-opacity': 0.35 } }, before)
  map.addLayer({ id: 'hazard-edge', type: 'line', source: 'hazard', filter: of('area'), paint: { 'line-color': EDGE, 'line-width': 2 } }, before)
  map.addLayer({ id: 'hazard-possible', type: 'line', source: 'hazard', filter: of('possible'), paint: { 'line-color': EDGE, 'line-width': 1.5, 'line-dasharray': [3, 3] } }, before)
  async function read() {
    const answer = await fetch(element.dataset.zones)
    if (answer.ok) map.getSource('hazard')?.setData(await answer.json())
  }
  await read()
  const timer = setInterval(read, EVERY)
  document.body.addEventListener('sandan:incident', read)
  return () => {
    clearInterval(timer)
    document.body.removeEventListener('sandan:incident', read)
  }
}
