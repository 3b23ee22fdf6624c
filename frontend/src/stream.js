// The live stream, as a page sees it: DOM events on the body, and a lamp in the header.
//
// Events that arrive before the snapshot wait for it; those it already holds are dropped by their id. So a
// page that joins late, or comes back after a break, misses nothing and goes back to nothing.

import { language, t } from './language.js'

const SHARED = typeof SharedWorker === 'function'
let waiting = null // events held back until the snapshot is there
let since = 0
let port

const SAYINGS = {
  open: ['실시간', 'Live'],
  waiting: ['연결 중', 'Connecting'],
  lost: ['연결 끊김', 'Disconnected'],
}

/** Hear the live event `name`; returns how to stop. */
export function onEvent(name, hear) {
  const listener = ({ detail }) => hear(detail)
  document.body.addEventListener(`sandan:${name}`, listener)
  return () => document.body.removeEventListener(`sandan:${name}`, listener)
}

function dispatch(name, detail) {
  document.body.dispatchEvent(new CustomEvent(`sandan:${name}`, { detail, bubbles: true }))
}

function show(state) {
  document.documentElement.dataset.stream = state
  for (const element of document.querySelectorAll('[data-live]')) {
    if (element.dataset.live === state) continue
    element.dataset.live = state
    element.textContent = t(...SAYINGS[state])
    element.setAttribute('role', 'status')
  }
}

async function join() {
  const mine = (waiting = [])
  const address = document.body.dataset.snapshot
  try {
    const answer = await fetch(address, { headers: { accept: 'application/json' } })
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`)
    const { id = 0, events } = await answer.json()
    if (waiting !== mine) return // joined again meanwhile
    since = id
    dispatch('snapshot', events)
    for (const [name, data] of Object.entries(events)) dispatch(name, data)
  } catch (error) {
    if (waiting !== mine) return
    since = 0
    console.warn('no snapshot', error)
  }
  waiting = null
  for (const event of mine) deliver(event)
}

function deliver({ name, id, data }) {
  if (waiting) waiting.push({ name, id, data })
  else if (!id || id > since) dispatch(name, JSON.parse(data))
}

function hear({ data: message }) {
  if (message.name) deliver(message)
  else if (message.state === 'open') {
    show('open')
    if (document.body.dataset.snapshot) join()
  } else show(message.state)
}

async function connect(address) {
  const who = `${address} ${document.body.dataset.viewer ?? ''} ${language}`
  const source = new URL(FILES['stream-worker.js'], import.meta.url)
  if (SHARED) {
    try {
      const worker = new SharedWorker(source, { name: who })
      worker.port.addEventListener('message', hear)
      worker.port.start()
      return worker.port
    } catch (error) {
      console.warn('no shared worker', error)
    }
  }
  const { serve } = await import('./stream-source.js')
  const { port1, port2 } = new MessageChannel()
  port1.addEventListener('message', hear)
  port1.start()
  serve(port2)
  return port1
}

/** Open the stream the body names. Called after the islands have mounted, or they would miss the snapshot. */
export async function startStream() {
  const { stream } = document.body.dataset
  if (!stream) return
  show('waiting')
  port = await connect(stream)
  const start = () => port.postMessage({ join: new URL(stream, location.href).href })
  start()
  addEventListener('pagehide', () => port.postMessage({ leave: true }))
  addEventListener('pageshow', ({ persisted }) => persisted && start())
}
