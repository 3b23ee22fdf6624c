// A new alarm is heard and seen from another tab: the title counts what waits, a tone says how urgent it is.
// An urgent one is repeated until somebody acknowledges it.

import { t } from './language.js'
import { onEvent } from './stream.js'

const QUIET = 'sandan.sound-off'
const URGENT = 1
const TONES = { 1: [880, 660, 880], 2: [660, 520] } // pitches by priority; lower ones are silent
const LENGTH = 0.18 // seconds a tone lasts
const AGAIN = 30000 // ms until an urgent alarm that waits is heard again
const SAYINGS = {
  on: ['경보음 켜짐. 끄려면 누르십시오.', 'Alarm sound on. Press to turn it off.'],
  off: ['경보음 꺼짐. 켜려면 누르십시오.', 'Alarm sound off. Press to turn it on.'],
  blocked: ['브라우저가 소리를 막고 있습니다. 누르면 울립니다.', 'The browser holds the sound back. Press to allow it.'],
}
const plain = document.title
let newest = null // when the newest alarm came that this page knows of [ms]
let worst = 0
let again
let audio

const buttons = () => document.querySelectorAll('[data-sound]')
const quiet = () => Boolean(localStorage.getItem(QUIET))
const state = () => (quiet() ? 'off' : audio?.state === 'running' ? 'on' : 'blocked')

function show() {
  const now = state()
  for (const button of buttons()) {
    button.hidden = false
    button.dataset.sound = now
    button.setAttribute('aria-pressed', now === 'on')
    button.setAttribute('aria-label', t(...SAYINGS[now]))
    button.title = t(...SAYINGS[now])
  }
}

/** A browser lets a page sound only after somebody used it; until then the button says so. */
function wake() {
  audio ??= new AudioContext()
  audio.onstatechange = show
  audio.resume().catch(() => {})
}

function tell(priority) {
  if (quiet() || audio?.state !== 'running') return
  TONES[priority]?.forEach((pitch, i) => {
    const start = audio.currentTime + i * (LENGTH + 0.04)
    const tone = audio.createOscillator()
    const volume = audio.createGain()
    tone.frequency.value = pitch
    volume.gain.setValueAtTime(0.2, start)
    volume.gain.exponentialRampToValueAtTime(0.001, start + LENGTH)
    tone.connect(volume).connect(audio.destination)
    tone.start(start)
    tone.stop(start + LENGTH)
  })
}

function hear(alarms) {
  document.title = alarms.waiting ? `(${alarms.waiting}) ${plain}` : plain
  const fresh = newest !== null && alarms.newest > newest
  newest = Math.max(newest ?? 0, alarms.newest)
  worst = alarms.worst
  if (!audio && !quiet()) wake()
  show()
  if (fresh) tell(worst)
  if (worst === URGENT) again ??= setInterval(() => tell(URGENT), AGAIN)
  else again = clearInterval(again)
}

async function toggle() {
  const was = state()
  if (was === 'on') localStorage.setItem(QUIET, '1')
  else {
    localStorage.removeItem(QUIET)
    wake()
    await audio.resume()
    tell(2) // what it sounds like
  }
  show()
}

export function startAlarms() {
  onEvent('alarms', hear)
  for (const button of buttons()) button.addEventListener('click', toggle)
  const used = ({ target }) => target.closest?.('[data-sound]') || audio?.resume() // the button says itself what it does
  for (const event of ['pointerdown', 'keydown']) addEventListener(event, used)
}
