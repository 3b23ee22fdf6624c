// Small behaviours that a page switches on with an attribute. All listeners sit on the document, so that
// what htmx swaps in works at once; docs/reference/components.md lists them.

import { startDialogs } from './dialogs.js'
import { clearPanels } from './keys.js'
import { ago, clockTime, number, t } from './language.js'
import { resend } from './resend.js'
import { onEvent } from './stream.js'
import { toast } from './toasts.js'

const YEAR = 31536000
const AGO_EVERY = 10_000
let ahead = 0 // how far the server's clock is before this machine's, in ms

const root = document.documentElement
export const now = () => Date.now() + ahead

function toggleTheme() {
  const theme = root.dataset.theme === 'dark' ? 'light' : 'dark'
  root.dataset.theme = theme
  document.cookie = `theme=${theme}; path=/; max-age=${YEAR}; samesite=lax`
  document.body.dispatchEvent(new CustomEvent('sandan:theme', { detail: theme }))
}

function toggle(button) {
  const target = document.getElementById(button.dataset.toggle)
  const open = button.getAttribute('aria-expanded') !== 'true'
  button.setAttribute('aria-expanded', open)
  target?.toggleAttribute('data-open', open)
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    toast(t('복사했습니다.', 'Copied.'), 'good')
  } catch {
    toast(t('복사하지 못했습니다.', 'Could not copy.'), 'warn')
  }
}

function onClick({ target }) {
  const element = target.closest('[data-theme-toggle], [data-toggle], [data-copy], [data-print], [data-clear], [data-locate]')
  if (element) {
    const { dataset } = element
    if ('themeToggle' in dataset) toggleTheme()
    else if (dataset.toggle) toggle(element)
    else if (dataset.copy) copy(dataset.copy)
    else if ('print' in dataset) print()
    else if (dataset.locate) import('./location.js').then(({ locate }) => locate(element))
    else clearPanels()
  }
  for (const menu of document.querySelectorAll('details.menu[open]')) if (!menu.contains(target)) menu.open = false
}

/** Widths, coverage bars and ages that the markup gives as data; the content policy allows no style there. */
export function dress(part = document) {
  for (const element of part.querySelectorAll('[data-width]')) element.style.width = `${element.dataset.width}%`
  for (const element of part.querySelectorAll('[data-coverage]')) {
    const share = Number(element.dataset.coverage)
    element.style.setProperty('--width', `${Math.floor(share * 100)}%`)
    element.toggleAttribute('data-short', share < 0.95)
  }
  for (const element of part.querySelectorAll('[data-locate="find"][hidden]')) element.hidden = false // it needs a script
  for (const element of part.querySelectorAll('[data-ago]')) element.textContent = ago(Date.parse(element.dateTime), now())
}

function showFigures(figures) {
  for (const element of document.querySelectorAll('[data-figure]')) {
    const given = figures[element.dataset.figure]
    if (given === undefined) continue
    const value = given?.value === undefined ? given : given.value
    const text = typeof value === 'string' ? value : number(value, Number(element.dataset.digits ?? 0))
    if (element.textContent !== text) element.textContent = text
  }
  for (const element of document.querySelectorAll('[data-figure-state]')) {
    const state = figures[element.dataset.figureState]?.state
    if (state !== undefined) element.dataset.state = state
  }
}

function tick() {
  const text = clockTime(now())
  for (const element of document.querySelectorAll('[data-clock]')) element.textContent = text
  setTimeout(tick, 1000 - (now() % 1000) + 5)
}

function dropFiles() {
  const over = (event, on) => event.target.closest?.('.drop')?.toggleAttribute('data-over', on)
  document.addEventListener('dragover', (event) => {
    if (!event.target.closest?.('.drop')) return
    event.preventDefault()
    over(event, true)
  })
  document.addEventListener('dragleave', (event) => over(event, false))
  document.addEventListener('drop', (event) => {
    const input = event.target.closest?.('.drop')?.querySelector('input[type="file"]')
    if (!input) return
    event.preventDefault()
    over(event, false)
    input.files = event.dataTransfer.files
    input.dispatchEvent(new Event('change', { bubbles: true }))
  })
}

function uploads() {
  document.addEventListener('submit', (event) => {
    if (!event.target.matches('form[data-upload], form[data-resend]')) return
    event.preventDefault()
    const { target, submitter } = event
    if ('resend' in target.dataset) resend(target, submitter) // there may be no signal to fetch it later
    else import('./upload.js').then(({ upload }) => upload(target, submitter))
  })
}

export function startBehaviours() {
  if (new URLSearchParams(location.search).get('wall') === '1') root.dataset.wall = ''
  document.addEventListener('click', onClick)
  document.addEventListener('change', ({ target }) => {
    if (target.matches('[data-submit]')) target.form?.requestSubmit()
  })
  document.addEventListener('input', ({ target }) => {
    const mate = target.dataset.pair && document.getElementById(target.dataset.pair)
    if (mate) mate.value = target.value
  })
  startDialogs()
  dropFiles()
  uploads()
  dress()
  document.addEventListener('htmx:after:swap', () => dress())
  setInterval(dress, AGO_EVERY)
  onEvent('clock', (clock) => (ahead = clock.now - Date.now()))
  onEvent('figures', showFigures)
  onEvent('toast', (given) => toast(t(given.ko, given.en), given.kind))
  if (document.querySelector('[data-clock]')) tick()
}
