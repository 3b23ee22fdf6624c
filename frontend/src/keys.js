// Keyboard shortcuts. An element names its keys in `data-key`; `?` lists them all, and there they can be
// switched off (WCAG 2.1.4), which this browser remembers.

import { t } from './language.js'

const OFF = 'sandan.keys-off'
const PAUSE = 1200
let pressed = ''
let timer

const isTyping = (target) => target.closest?.('input, select, textarea, [contenteditable], .maplibregl-canvas')

function follow(element) {
  if (element.matches('input, select, textarea')) element.focus()
  else element.click()
}

function listed() {
  const rows = new Map()
  for (const element of document.querySelectorAll('[data-key]'))
    rows.set(element.dataset.key, element.getAttribute('aria-label') ?? element.textContent.trim() ?? element.title)
  rows.set('?', t('이 목록', 'This list'))
  rows.set('Esc', t('닫기', 'Close'))
  return rows
}

function showList() {
  const dialog = document.createElement('dialog')
  dialog.className = 'dialog'
  dialog.setAttribute('aria-label', t('단축키', 'Keyboard shortcuts'))
  const body = document.createElement('div')
  body.className = 'dialog-body'
  const title = document.createElement('h2')
  title.textContent = t('단축키', 'Keyboard shortcuts')
  const list = document.createElement('dl')
  list.className = 'facts'
  for (const [keys, what] of listed()) {
    const term = document.createElement('dt')
    for (const key of keys.split(' ')) {
      const cap = document.createElement('kbd')
      cap.textContent = key
      term.append(cap, ' ')
    }
    const said = document.createElement('dd')
    said.textContent = what
    list.append(term, said)
  }
  const choice = document.createElement('label')
  choice.className = 'choice'
  const box = document.createElement('input')
  box.type = 'checkbox'
  box.checked = !localStorage.getItem(OFF)
  box.addEventListener('change', () => (box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, '1')))
  choice.append(box, t('단축키 사용', 'Use shortcuts'))
  body.append(title, list, choice)
  body.style.paddingTop = '1.25rem'
  dialog.append(body)
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}

export function startKeys() {
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !document.querySelector('dialog[open]')) clearPanels()
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || event.target.closest?.('dialog')) return
    if (event.key === '?') return showList() // listed even when off, or they could not be switched on again
    if (localStorage.getItem(OFF) || event.key.length !== 1 || event.repeat) return // a key held down is one press
    clearTimeout(timer)
    timer = setTimeout(() => (pressed = ''), PAUSE)
    pressed = `${pressed} ${event.key.toLowerCase()}`.trim()
    const all = [...document.querySelectorAll('[data-key]')]
    const hit = all.find((element) => element.dataset.key === pressed)
    if (hit) {
      event.preventDefault()
      pressed = ''
      follow(hit)
    } else if (!all.some((element) => element.dataset.key.startsWith(`${pressed} `))) pressed = ''
  })
}

/** Empty the panels a click on the map filled. */
export function clearPanels() {
  for (const panel of document.querySelectorAll('.panel')) panel.replaceChildren()
}
