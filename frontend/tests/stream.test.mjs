import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reader } from '../src/stream-source.js'

const read = (...pieces) => {
  const events = []
  const cut = reader((event) => events.push(event))
  pieces.forEach(cut)
  return events
}

test('an event cut anywhere by the network arrives whole', () => {
  const whole = 'id: 7\nevent: states\ndata: [[1,2]]\n\n'
  for (let at = 0; at <= whole.length; at++)
    assert.deepEqual(read(whole.slice(0, at), whole.slice(at)), [{ name: 'states', id: 7, data: '[[1,2]]' }])
})

test('comments and events without data are no events', () => {
  assert.deepEqual(read(': still here\n\nretry: 2000\n\nevent: empty\n\n'), [])
})

test('carriage returns, several lines of data and a missing name follow the standard', () => {
  assert.deepEqual(read('data: {"a":\r\ndata:1}\r\n\r\n'), [{ name: 'message', id: 0, data: '{"a":\n1}' }])
})
