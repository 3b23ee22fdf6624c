import assert from 'node:assert/strict'
import { test } from 'node:test'
import './page.mjs'

const { found, refusal } = await import('../src/location.js')

test('why there is no location is said, each time with what to do instead', () => {
  const said = [refusal(1, false), refusal(1, true), refusal(3, true), refusal(undefined, true)]
  assert.match(said[0], /http/)
  assert.match(said[1], /허락/)
  assert.match(said[2], /찾지 못했습니다/)
  assert.match(said[3], /http/)
  for (const words of said) assert.match(words, /글로 적어 주십시오/)
})

test('a location is shown with its error, and a rough one asks for words as well', () => {
  assert.equal(found('37.20010', '126.60120', 14.4), '위도 37.20010, 경도 126.60120 (±14 m).')
  assert.match(found('37.2', '126.6', 3000), /글로도/)
})
