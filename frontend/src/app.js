// What every page loads. Islands and uploads come later, and only where a page has them.

import { startAlarms } from './alarms.js'
import { startBehaviours } from './behaviours.js'
import { startCountdowns } from './countdown.js'
import { mountIslands } from './islands.js'
import { startKeys } from './keys.js'
import { startRequests } from './requests.js'
import { startStream } from './stream.js'

const LONGEST = 2000 // a browser that does not tell of its paints is not waited for

/** When the page's text is on the screen; what islands need would otherwise be fetched and parsed before it. */
function painted() {
  if (document.hidden) return Promise.resolve() // a tab in the background is never painted
  return new Promise((seen) => {
    new PerformanceObserver((list) => list.getEntriesByName('first-contentful-paint').length && seen()).observe({ type: 'paint', buffered: true })
    setTimeout(seen, LONGEST)
  })
}

startRequests()
startKeys()
startBehaviours()
startCountdowns()
startAlarms()
await painted()
document.addEventListener('htmx:after:swap', () => mountIslands())
await mountIslands()
await startStream()
