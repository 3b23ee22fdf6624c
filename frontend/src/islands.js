// Islands: the few places where a page needs more than HTML. Each is a chunk of its own, fetched only where
// it stands; one that fails says so in its place and leaves the others alone.

import { t } from './language.js'

const KINDS = {
  map: () => import('./islands/map/index.js'),
  trend: () => import('./islands/trend.js'),
  chart: () => import('./islands/chart.js'),
  flow: () => import('./islands/flow.js'),
  gantt: () => import('./islands/gantt.js'),
}
const mounted = new Map() // element → what takes it away again

/** Fetch one of our style sheets, once; resolves when it applies. */
export function stylesheet(name) {
  const href = new URL(FILES[name], import.meta.url).href
  const found = document.querySelector(`link[href="${href}"]`)
  if (found) return Promise.resolve()
  const link = document.createElement('link')
  link.rel = 'stylesheet'
  link.href = href
  document.head.append(link)
  return new Promise((done) => ['load', 'error'].forEach((event) => link.addEventListener(event, done, { once: true })))
}

/** Say in an island's place that it could not be drawn. */
export function fail(element, error) {
  console.error(`island ${element.dataset.island}`, error)
  const words = document.createElement('p')
  words.className = 'island-failed'
  words.setAttribute('role', 'alert')
  words.textContent = t('이 부분을 그리지 못했습니다. 화면을 새로 고쳐 보십시오.', 'This part could not be drawn. Try reloading the page.')
  element.replaceChildren(words)
}

async function mount(element) {
  const kind = element.dataset.island
  element.dataset.waiting = ''
  mounted.set(element, () => {})
  try {
    if (!KINDS[kind]) throw new Error(`no island ${kind}`)
    const island = await KINDS[kind]()
    const unmount = await island.mount(element)
    mounted.set(element, unmount ?? (() => {}))
  } catch (error) {
    fail(element, error)
  } finally {
    delete element.dataset.waiting
  }
}

/** Mount every island that is in the page and not yet mounted; settles when all have, well or not. */
export function mountIslands() {
  for (const [element, unmount] of mounted)
    if (!element.isConnected) {
      mounted.delete(element)
      unmount()
    }
  const fresh = [...document.querySelectorAll('[data-island]')].filter((element) => !mounted.has(element))
  return Promise.allSettled(fresh.map(mount))
}
