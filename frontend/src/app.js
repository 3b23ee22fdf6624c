// What every page loads. Islands and uploads come later, and only where a page has them.

import { startBehaviours } from './behaviours.js'
import { mountIslands } from './islands.js'
import { startKeys } from './keys.js'
import { startRequests } from './requests.js'
import { startStream } from './stream.js'

const UNSEEN = 400 // a page in a background tab is never painted; go on all the same

startRequests()
startKeys()
startBehaviours()
await new Promise((painted) => {
  requestAnimationFrame(() => setTimeout(painted))
  setTimeout(painted, UNSEEN)
})
document.addEventListener('htmx:after:swap', () => mountIslands())
await mountIslands()
await startStream()
