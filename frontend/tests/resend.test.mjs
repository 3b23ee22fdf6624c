import assert from 'node:assert/strict'
import { test } from 'node:test'
import './page.mjs'

const { reached } = await import('../src/resend.js')

test('any answer of the server counts as reached, and only silence does not', async () => {
  assert.equal(await reached('/report', async () => ({ status: 405 })), true)
  assert.equal(await reached('/report', () => Promise.reject(new TypeError('no network'))), false)
})
