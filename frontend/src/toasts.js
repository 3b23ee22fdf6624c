// Short notices in the corner; read out by a screen reader, gone after a while unless they are bad.

import { t } from './language.js'

const STAYS = 6000
let room

/** Show `text`; `kind` is good, warn, bad or nothing. */
export function toast(text, kind = '') {
  if (!room) {
    room = document.createElement('div')
    room.className = 'toasts'
    room.setAttribute('role', 'status')
    document.body.append(room)
  }
  const box = document.createElement('div')
  box.className = `toast ${kind}`
  const words = document.createElement('span')
  words.textContent = text
  const close = document.createElement('button')
  close.type = 'button'
  close.className = 'icon-button'
  close.setAttribute('aria-label', t('닫기', 'Close'))
  close.textContent = '×'
  close.addEventListener('click', () => box.remove())
  box.append(words, close)
  room.append(box)
  if (kind !== 'bad') setTimeout(() => box.remove(), STAYS)
}
