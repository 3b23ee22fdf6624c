import assert from 'node:assert/strict'
import { test } from 'node:test'
import './page.mjs'

const { isEmpty, runs, withGaps } = await import('../src/islands/chart-option.js')
const { bounds, middle, sort } = await import('../src/islands/map/features.js')
const { States } = await import('../src/islands/map/states.js')
const { ago, clockTime, instant, number, toInput } = await import('../src/language.js')

const QUARTER = 900_000
const square = (x, y, side) => ({ type: 'Polygon', coordinates: [[[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]] })
const feature = (geometry, properties) => ({ type: 'Feature', geometry, properties })

test('a missing bucket becomes a gap, and a value of zero stays a value', () => {
  const data = [[0, 1], [QUARTER, 0], [QUARTER * 4, 3]]
  assert.deepEqual(withGaps(data, QUARTER), [[0, 1], [QUARTER, 0], [QUARTER * 2, null], [QUARTER * 4, 3]])
  assert.equal(withGaps(data, undefined), data)
})

test('a series of nulls is empty, one of zeros is not', () => {
  assert.ok(isEmpty({ series: [{ data: [[0, null]] }, { data: [] }] }))
  assert.ok(!isEmpty({ series: [{ data: [[0, 0]] }] }))
  assert.ok(!isEmpty({ categories: ['a'], series: [{ data: [0] }] }))
})

test('the coverage strip is continuous: whole, partial, missing, and what was never there', () => {
  const data = [0, 1, 2, 5].map((i) => [i * QUARTER, 1])
  assert.deepEqual(runs(data, [1, 1, 0.5, 1], QUARTER), [
    [0, 2 * QUARTER, 1],
    [2 * QUARTER, 3 * QUARTER, 0.5],
    [3 * QUARTER, 5 * QUARTER, 0],
    [5 * QUARTER, 6 * QUARTER, 1],
  ])
})

test('the middle of a polygon is its centroid, far from the origin too', () => {
  const [x, y] = middle(square(127.4, 36.9, 0.001))
  assert.ok(Math.abs(x - 127.4005) < 1e-9 && Math.abs(y - 36.9005) < 1e-9)
})

test('features are sorted by what the map does with them, and the view is over the zones', () => {
  const sorted = sort({
    features: [
      feature(square(0, 0, 9), { n: 1, kind: 'complex', name: '단지' }),
      feature(square(1, 1, 4), { n: 2, kind: 'zone', name: '1구역' }),
      feature(square(2, 2, 1), { n: 3, kind: 'building', name: '1동', height: 9 }),
      feature({ type: 'Point', coordinates: [3, 3] }, { n: 4, kind: 'stack', name: '굴뚝' }),
      feature({ type: 'Point', coordinates: [3, 3] }, { n: 5, kind: 'firm', name: '회사' }),
      feature(null, { n: 6, kind: 'gateway', name: '-' }),
    ],
  })
  assert.deepEqual([sorted.ground.length, sorted.buildings.length, sorted.points.length, sorted.labels.length], [2, 1, 1, 1])
  assert.deepEqual(sorted.extent, [1, 1, 5, 5])
  assert.deepEqual(bounds([feature(square(1, 2, 1), {})]), [1, 2, 2, 3])
})

test('states that come before the map are painted once it is there; counts follow every change', () => {
  const painted = []
  const states = new States(0, (changes) => painted.push([...changes]))
  states.take([[1, 2], [2, 3]])
  assert.deepEqual(painted, [])
  states.start([1, 2, 3])
  assert.deepEqual(painted, [[[1, 2], [2, 3]]])
  assert.deepEqual(states.counts.slice(0, 4), [1, 0, 1, 1])
  states.reset([[3, 1]])
  assert.deepEqual(states.counts.slice(0, 4), [2, 1, 0, 0])
  states.stop()
})

test('only the worst are marked when very many things are wrong', () => {
  const byNumber = new Map(Array.from({ length: 1000 }, (_, i) => [i + 1, feature({ type: 'Point', coordinates: [0, 0] }, {})]))
  const states = new States(0, () => {})
  states.take([...byNumber.keys()].map((n) => [n, n <= 10 ? 1 : 4]))
  const marks = states.marks(byNumber).features.map(({ properties }) => properties.s)
  assert.equal(marks.length, 400)
  assert.equal(marks.filter((s) => s === 1).length, 10)
})

test('times are Seoul time wherever the browser is', () => {
  const ms = Date.UTC(2026, 10, 20, 15, 4, 5)
  assert.equal(clockTime(ms), '00:04:05')
  assert.equal(toInput(ms), '2026-11-21T00:04')
  assert.equal(instant(ms), '2026. 11. 21. (토) 00:04')
  assert.equal(ago(ms - 180_000, ms), '3분 전')
  assert.equal(number(1234.5, 1), '1,234.5')
  assert.equal(number(null), '–')
})
