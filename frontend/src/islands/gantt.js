// A quarterly schedule whose bars can be moved, by dragging or by the arrow keys.
//
// The server draws everything (an SVG per row, one unit of its viewBox a quarter), so that it prints and reads
// without this script. Moving a bar changes nothing yet: what was moved is collected in a form, and the
// officer sends it with a reason. Esc puts a bar back where it was.

import { stylesheet } from '../islands.js'
import { t } from '../language.js'

const EDGE = 0.22 // of a quarter: the handle at either end of a bar

class Bar {
  constructor(rect, quarters, moved) {
    Object.assign(this, { rect, quarters, moved })
    this.start = this.first = Number(rect.dataset.start)
    this.end = this.last = Number(rect.dataset.end) // the last quarter, included
    rect.setAttribute('tabindex', '0')
    rect.setAttribute('role', 'slider')
    rect.setAttribute('aria-valuemin', '0')
    rect.setAttribute('aria-valuemax', String(quarters - 1))
    rect.addEventListener('pointerdown', (event) => this.grab(event))
    rect.addEventListener('keydown', (event) => this.key(event))
    this.draw()
  }

  get changed() {
    return this.start !== this.first || this.end !== this.last
  }

  /** Put the bar at these quarters, kept within the schedule and at least one quarter long. */
  place(start, end) {
    const length = end - start
    if (length < 0) return
    this.start = Math.max(0, Math.min(start, this.quarters - 1 - length))
    this.end = Math.min(this.quarters - 1, this.start + length)
    this.draw()
    this.moved()
  }

  draw() {
    this.rect.setAttribute('x', String(this.start))
    this.rect.setAttribute('width', String(this.end - this.start + 1))
    this.rect.setAttribute('aria-valuenow', String(this.start))
    this.rect.setAttribute('aria-valuetext', `${this.word(this.start)} – ${this.word(this.end)}`)
    this.rect.classList.toggle('gantt-moved', this.changed)
  }

  word(offset) {
    const quarter = this.rect.ownerSVGElement.closest('[data-first]').dataset.first
    const ordinal = Number(quarter.slice(0, 4)) * 4 + Number(quarter.at(-1)) - 1 + offset
    return t(`${Math.floor(ordinal / 4)}년 ${(ordinal % 4) + 1}분기`, `Q${(ordinal % 4) + 1} ${Math.floor(ordinal / 4)}`)
  }

  at(event) {
    const box = this.rect.ownerSVGElement.getBoundingClientRect()
    return ((event.clientX - box.left) / box.width) * this.quarters
  }

  grab(event) {
    if (event.button !== 0) return
    event.preventDefault()
    this.rect.focus()
    this.rect.setPointerCapture(event.pointerId)
    const from = this.at(event)
    const [start, end] = [this.start, this.end]
    const part = from - start < EDGE ? 'start' : end + 1 - from < EDGE ? 'end' : 'whole'
    const drag = (move) => {
      const by = Math.round(this.at(move) - from)
      if (part === 'start') this.place(Math.max(0, Math.min(start + by, end)), end)
      else if (part === 'end') this.place(start, Math.min(this.quarters - 1, Math.max(end + by, start)))
      else this.place(start + by, end + by)
    }
    const drop = () => {
      this.rect.removeEventListener('pointermove', drag)
      this.rect.removeEventListener('pointerup', drop)
      this.rect.removeEventListener('pointercancel', drop)
    }
    this.rect.addEventListener('pointermove', drag)
    this.rect.addEventListener('pointerup', drop)
    this.rect.addEventListener('pointercancel', drop)
  }

  key(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (event.key === 'Escape' && this.changed) this.place(this.first, this.last)
    else if (by && event.shiftKey) this.place(this.start, Math.min(this.quarters - 1, Math.max(this.start, this.end + by)))
    else if (by) this.place(this.start + by, this.end + by)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
}

/** Make the bars of `[data-editable]` movable; what has moved goes into the form `data-form` names. */
export async function mount(element) {
  await stylesheet('gantt.css')
  element.dataset.ready = ''
  const form = document.querySelector(element.dataset.form || null)
  if (!form) return undefined
  const quarters = Number(element.dataset.quarters)
  const bars = [...element.querySelectorAll('rect[data-id]')].map((rect) => new Bar(rect, quarters, collect))
  element.island = { bars }

  function collect() {
    const moved = bars.filter((bar) => bar.changed)
    form.elements.moves.value = JSON.stringify(moved.map(({ rect, start, end }) => ({ id: rect.dataset.id, start, end })))
    form.hidden = moved.length === 0
    const count = form.querySelector('[data-count]')
    if (count) count.textContent = t(`${moved.length}건을 옮겼습니다.`, `${moved.length} moved.`)
  }
  const back = () => {
    for (const bar of bars) if (bar.changed) bar.place(bar.first, bar.last)
  }
  form.addEventListener('reset', back)
  return () => form.removeEventListener('reset', back)
}
