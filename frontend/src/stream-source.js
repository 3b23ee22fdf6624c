// One event stream for everyone who holds a port. Runs in a SharedWorker, or in the page where there is none.
//
// Read with fetch and not with EventSource, which must be told every event's name beforehand and cannot hear
// the comments by which the server says that it is still there.

const FIRST_WAIT = 1000
const LONGEST_WAIT = 30_000
const SILENCE = 30_000 // the server says something at least every 10 s

const ports = new Set()
let address
let state = 'waiting'
let wait = FIRST_WAIT
let timer
let reading // an AbortController while a stream is being read

const tell = (message) => ports.forEach((port) => port.postMessage(message))

function turn(next) {
  state = next
  tell({ state })
}

/** Cut a stream's text into events; holds back what is not whole yet. */
export function reader(emit) {
  let rest = ''
  return (text) => {
    const blocks = (rest + text.replaceAll('\r', '')).split('\n\n')
    rest = blocks.pop()
    for (const block of blocks) {
      const event = { name: 'message', id: 0, data: '' }
      for (const line of block.split('\n')) {
        const colon = line.indexOf(':')
        if (colon <= 0) continue // a comment
        const value = line.slice(colon + 1).replace(/^ /, '')
        const field = line.slice(0, colon)
        if (field === 'event') event.name = value
        else if (field === 'id') event.id = Number(value)
        else if (field === 'data') event.data += event.data ? `\n${value}` : value
      }
      if (event.data) emit(event)
    }
  }
}

async function follow() {
  clearTimeout(timer)
  reading?.abort()
  const mine = (reading = new AbortController())
  let silence
  const heard = () => {
    clearTimeout(silence)
    silence = setTimeout(() => mine.abort(), SILENCE)
  }
  try {
    heard()
    const answer = await fetch(address, { headers: { accept: 'text/event-stream' }, cache: 'no-store', signal: mine.signal })
    if (!answer.ok || !answer.headers.get('content-type')?.startsWith('text/event-stream')) throw new Error(answer.status)
    wait = FIRST_WAIT
    turn('open')
    const cut = reader(tell)
    for (const chunks = answer.body.pipeThrough(new TextDecoderStream()).getReader(); ; ) {
      const { done, value } = await chunks.read()
      if (done) break
      heard()
      cut(value)
    }
  } catch {
    // told below, together with a stream that simply ended
  } finally {
    clearTimeout(silence)
  }
  if (reading !== mine) return
  turn('lost')
  timer = setTimeout(follow, wait * (0.5 + Math.random())) // spread, so that a restarted server is not stormed
  wait = Math.min(LONGEST_WAIT, wait * 2)
}

function stop() {
  const was = reading
  reading = undefined
  clearTimeout(timer)
  was?.abort()
  state = 'waiting'
}

/** Give `port` the stream from when it joins until it leaves. */
export function serve(port) {
  port.addEventListener('message', ({ data }) => {
    if (data.join) {
      address = data.join
      ports.add(port)
      port.postMessage({ state })
      if (!reading) follow()
    }
    if (data.leave) {
      ports.delete(port)
      if (!ports.size) stop()
    }
  })
  port.start()
}
