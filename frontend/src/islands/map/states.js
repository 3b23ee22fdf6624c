// The state of everything on the map. Changes are gathered and painted together, since a repaint costs far
// more than the changes themselves.

import { collection, middle, point } from './features.js'

const MOST_MARKS = 400
const HIGHEST = 6

/** Keeps states by number; `paint(changes)` is called at most once in `least` ms. */
export class States {
  #states = new Map()
  #changed = new Map()
  #painted = 0
  #timer = 0

  constructor(least, paint) {
    this.least = least
    this.paint = paint
    this.ready = false
  }

  /** Take `[[n, state], …]`. */
  take(pairs) {
    for (const [n, state] of pairs) {
      if ((this.#states.get(n) ?? 0) === state) continue
      this.#states.set(n, state)
      this.#changed.set(n, state)
    }
    this.#plan()
  }

  /** Everything is new: a snapshot names only what is not 0. */
  reset(pairs) {
    const named = new Set(pairs.map(([n]) => n))
    this.take([...this.#states.keys()].filter((n) => !named.has(n)).map((n) => [n, 0]))
    this.take(pairs)
  }

  start() {
    this.ready = true
    this.#changed = new Map(this.#states)
    this.#flush()
  }

  #plan() {
    if (!this.ready || this.#timer || !this.#changed.size) return
    const wait = this.#painted + this.least - performance.now()
    if (wait <= 0) this.#flush()
    else this.#timer = setTimeout(() => this.#flush(), wait)
  }

  #flush() {
    clearTimeout(this.#timer)
    this.#timer = 0
    this.#painted = performance.now()
    const changes = this.#changed
    this.#changed = new Map()
    this.paint(changes)
  }

  get(n) {
    return this.#states.get(n) ?? 0
  }

  /** How many of `numbers` are in each state. */
  tally(numbers) {
    const counts = new Array(HIGHEST + 1).fill(0)
    for (const n of numbers) counts[this.get(n)]++
    return counts
  }

  stop() {
    clearTimeout(this.#timer)
  }

  /** The numbered shapes to draw: what is worst first, and no more than a person can look at. */
  marks(byNumber) {
    const worst = [[], [], [], [], [], []]
    for (const [n, state] of this.#states) if (state >= 1 && state <= 5 && byNumber.has(n)) worst[state].push(n)
    const chosen = worst.flat().slice(0, MOST_MARKS)
    return collection(chosen.map((n) => point(middle(byNumber.get(n).geometry), { n, s: this.get(n) })))
  }
}
