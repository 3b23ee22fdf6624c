// The state of everything on the map. Changes are gathered and painted together, since a repaint costs far
// more than the changes themselves.

import { collection, middle, point } from './features.js'

const MOST_MARKS = 400
const HIGHEST = 6
const STALE = 5

/** Keeps states by number; `paint(changes)` is called at most once in `least` ms. */
export class States {
  #states = new Map()
  #changed = new Map()
  #painted = 0
  #timer = 0
  #counted = new Set()
  #middles = new Map()
  /** How many things are in each state. */
  counts = new Array(HIGHEST + 1).fill(0)

  constructor(least, paint) {
    this.least = least
    this.paint = paint
    this.ready = false
  }

  /** Take `[[n, state], …]`. */
  take(pairs) {
    for (const [n, state] of pairs) {
      const was = this.#states.get(n) ?? 0
      if (was === state) continue
      this.#states.set(n, state)
      this.#changed.set(n, state)
      if (this.#counted.has(n)) {
        this.counts[was]--
        this.counts[state]++
      }
    }
    this.#plan()
  }

  /** Everything is new: a snapshot names only what is not 0. */
  reset(pairs) {
    const named = new Set(pairs.map(([n]) => n))
    this.take([...this.#states.keys()].filter((n) => !named.has(n)).map((n) => [n, 0]))
    this.take(pairs)
  }

  /** Everything is drawn from now on; `numbers` are the things that are counted. */
  start(numbers) {
    this.ready = true
    this.#counted = new Set(numbers)
    for (const n of this.#counted) this.counts[this.get(n)]++
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

  stop() {
    clearTimeout(this.#timer)
  }

  /** The numbered shapes to draw: what is worst first, and no more than a person can look at. */
  marks(byNumber) {
    const worst = Array.from({ length: HIGHEST }, () => [])
    for (const [n, state] of this.#states) if (state >= 1 && state <= STALE && byNumber.has(n)) worst[state].push(n)
    const chosen = worst.flat().slice(0, MOST_MARKS)
    return collection(chosen.map((n) => point(this.#middle(n, byNumber), { n, s: this.get(n) })))
  }

  #middle(n, byNumber) {
    if (!this.#middles.has(n)) this.#middles.set(n, middle(byNumber.get(n).geometry))
    return this.#middles.get(n)
  }
}
