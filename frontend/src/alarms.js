// A new alarm is heard and seen from another tab: the title counts what waits, a tone says how urgent it is.

import { t } from './language.js'
import { onEvent } from './stream.js'

const QUIET = 'sandan.sound-off'
const URGENT = 2 // priorities up to this one sound
const TONES = { 1: [880, 660, 880], 2: [660, 520] }
const LENGTH = 0.18 // seconds a tone lasts
const plain = document.title
let newest = null // when the newest alarm came that this page knows of [ms]
let audio

function tell(worst) {
  if (localStorage.getItem(QUIET) || !TONES[worst]) return
  audio ??= new AudioContext()
  audio.resume()
  TONES[worst].forEach((pitch, i) => {
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
  if (newest !== null && alarms.newest > newest && alarms.worst && alarms.worst <= URGENT) tell(alarms.worst)
  newest = Math.max(newest ?? 0, alarms.newest)
}

function show(button) {
  const on = !localStorage.getItem(QUIET)
  button.setAttribute('aria-pressed', on)
  button.textContent = on ? t('경보음 켜짐', 'Sound on') : t('경보음 꺼짐', 'Sound off')
}

function toggle(button) {
  if (localStorage.getItem(QUIET)) {
    localStorage.removeItem(QUIET)
    tell(2) // what it sounds like; a browser lets a page sound only after a click
  } else localStorage.setItem(QUIET, '1')
  show(button)
}

export function startAlarms() {
  onEvent('alarms', hear)
  for (const button of document.querySelectorAll('[data-sound]')) {
    show(button)
    button.addEventListener('click', () => toggle(button))
  }
}
