// Time limits that run while one looks: `<time data-due data-since>` inside `.countdown`. The server says
// how each stands when it draws the page; from then on the second hand is ours.

import { now } from './behaviours.js'
import { t } from './language.js'

const SOON = 1 / 3
const WORDS = { running: ['남음', 'left'], soon: ['곧 만료', 'running out'], late: ['초과', 'late'] }
const pad = (n) => String(n).padStart(2, '0')

function show(element) {
  const [due, since] = [Date.parse(element.dataset.due), Date.parse(element.dataset.since)]
  const left = due - now()
  const seconds = Math.trunc(Math.abs(left) / 1000)
  const text = `${left < 0 ? '-' : ''}${pad(Math.floor(seconds / 60))}:${pad(seconds % 60)}`
  if (element.textContent !== text) element.textContent = text
  const standing = left < 0 ? 'late' : left < SOON * (due - since) ? 'soon' : 'running'
  const box = element.closest('.countdown')
  if (!box || box.dataset.standing === standing) return
  box.dataset.standing = standing
  const word = box.querySelector('.countdown-word')
  if (word) word.textContent = t(...WORDS[standing])
}

function tick() {
  for (const element of document.querySelectorAll('[data-due]')) show(element)
}

/** Count down; and empty a form `data-reset` once what it held has been taken. */
export function startCountdowns() {
  setInterval(tick, 1000)
  tick()
  document.addEventListener('htmx:after:request', ({ detail: { ctx } }) => {
    const form = ctx.sourceElement
    if (form?.matches?.('form[data-reset]') && ctx.response?.status < 300) form.reset()
  })
}
