// A small streaming trend: the last minutes of a few points, a gap where nothing came.

import uPlot from 'uplot'
import { stylesheet } from '../islands.js'
import { clockTime, minuteTime, number, t } from '../language.js'
import { onEvent } from '../stream.js'

const REPAINT = 1000
const GAP = 3 // intervals without a value
const TIDY = 0.25 // of the window may pass before what has slid out is dropped

/** The samples of one series, in order of time, newest value winning. */
export class Track {
  constructor({ interval = 60, factor = 1 }, span) {
    this.gap = interval * GAP
    this.factor = factor
    this.span = span
    this.at = []
    this.values = []
  }

  add(ms, value) {
    const at = ms / 1000
    const scaled = value === null ? null : value * this.factor
    let i = this.at.length
    while (i > 0 && this.at[i - 1] > at) i--
    if (this.at[i - 1] === at) this.values[i - 1] = scaled
    else {
      this.at.splice(i, 0, at)
      this.values.splice(i, 0, scaled)
    }
  }

  /** Times and values from `since`, with a null where nothing came for too long. */
  drawn(since, until) {
    if (this.at[0] < since - this.span * TIDY) {
      const from = this.at.findIndex((at) => at >= since)
      this.at.splice(0, from < 0 ? this.at.length : from)
      this.values.splice(0, from < 0 ? this.values.length : from)
    }
    const times = []
    const values = []
    this.at.forEach((at, i) => {
      if (at < since) return
      if (i && at - this.at[i - 1] > this.gap) {
        times.push(this.at[i - 1] + this.gap / GAP)
        values.push(null)
      }
      times.push(at)
      values.push(this.values[i])
    })
    const last = times.at(-1)
    if (last !== undefined && until - last > this.gap) {
      times.push(last + this.gap / GAP)
      values.push(null)
    }
    return [times, values]
  }

  get latest() {
    return this.values.at(-1)
  }
}

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()

function limits(config) {
  return (plot) => {
    const pen = plot.ctx
    pen.save()
    pen.strokeStyle = color('limit')
    pen.lineWidth = devicePixelRatio
    pen.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio])
    for (const limit of config.series.flatMap(({ low, high }) => [low, high])) {
      if (typeof limit !== 'number') continue
      const y = Math.round(plot.valToPos(limit, 'y', true))
      if (y < plot.bbox.top || y > plot.bbox.top + plot.bbox.height) continue
      pen.beginPath()
      pen.moveTo(plot.bbox.left, y)
      pen.lineTo(plot.bbox.left + plot.bbox.width, y)
      pen.stroke()
    }
    pen.restore()
  }
}

function options(config, element, room) {
  const digits = config.series[0].digits ?? 1
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 // larger on a video wall
  const font = `${Math.round(12 * rem)}px ${getComputedStyle(element).fontFamily}`
  const axis = { stroke: () => color('mute'), grid: { stroke: () => color('grid'), width: 1 }, ticks: { show: false }, font }
  return {
    width: room.clientWidth,
    height: room.clientHeight,
    padding: [6, 18 * rem, 0, 0],
    legend: { show: false },
    cursor: { points: { size: 6 }, y: false, drag: { x: false, y: false } },
    scales: { x: { time: true }, y: { range: (plot, low, high) => reach(low, high) } },
    axes: [
      { ...axis, size: 22 * rem, space: 60 * rem, values: (plot, at) => at.map((s) => (config.minutes <= 5 ? clockTime(s * 1000) : minuteTime(s * 1000))) },
      { ...axis, size: (plot, labels) => 12 + 7 * rem * Math.max(2, ...(labels ?? []).map((label) => label?.length ?? 0)), space: 20 * rem, values: (plot, at) => at.map((v) => number(v, at.length > 1 && at[1] - at[0] < 1 ? Math.max(digits, 1) : 0)) },
    ],
    series: [{}, ...config.series.map(({ name }, i) => ({ label: name, stroke: () => color(`series-${i + 1}`), width: 1.6, points: { show: false }, spanGaps: false }))],
    hooks: { draw: [limits(config)] },
  }
}

/** A little air above and below; a flat line lies in the middle. */
function reach(low, high) {
  if (low === null || high === null) return [0, 1]
  const air = (high - low || Math.abs(high) || 1) * 0.12
  return [low >= 0 && low - air < 0 ? 0 : low - air, high + air]
}

function head(config) {
  const room = document.createElement('p')
  room.className = 'trend-head'
  const values = config.series.map(({ name, unit }, i) => {
    const swatch = document.createElement('i')
    swatch.style.background = `var(--series-${i + 1})`
    const value = document.createElement('b')
    value.className = 'number'
    const item = document.createElement('span')
    if (config.series.length > 1) item.append(swatch)
    const whole = document.createElement('span')
    whole.className = 'nowrap'
    whole.append(value, ` ${unit ?? ''}`)
    item.append(`${name} `, whole)
    room.append(item)
    return value
  })
  const when = document.createElement('span')
  when.className = 'trend-when number'
  room.append(when)
  return { room, values, when }
}

export async function mount(element) {
  const config = JSON.parse(element.querySelector('script[type="application/json"]').textContent)
  await stylesheet('trend.css')
  const span = (config.minutes ?? 10) * 60
  const tracks = new Map(config.series.map((series) => [series.point, new Track(series, span)]))
  const top = head(config)
  const room = document.createElement('div')
  room.className = 'trend-plot'
  element.replaceChildren(top.room, room)
  if (config.plain) top.room.hidden = true

  const plot = new uPlot(options(config, element, room), uPlot.join([...tracks.values()].map(() => [[], []])), room)
  let visible = true
  let timer = 0
  let pointed = null
  let ahead = 0

  const say = () => {
    const list = [...tracks.values()]
    config.series.forEach(({ digits }, i) => {
      const value = pointed === null ? list[i].latest : plot.data[i + 1][pointed]
      top.values[i].textContent = number(value, digits ?? 1)
    })
    top.when.textContent = pointed === null ? '' : clockTime(plot.data[0][pointed] * 1000)
  }
  const draw = () => {
    timer = 0
    if (!visible || document.hidden || !element.isConnected) return
    const until = (Date.now() + ahead) / 1000
    plot.setData(uPlot.join([...tracks.values()].map((track) => track.drawn(until - span, until))), false)
    plot.batch(() => {
      plot.setScale('x', { min: until - span, max: until })
    })
    say()
  }
  const plan = () => (timer ||= setTimeout(draw, REPAINT))
  plot.over.addEventListener('mousemove', () => {
    pointed = plot.cursor.idx ?? null
    say()
  })
  plot.over.addEventListener('mouseleave', () => {
    pointed = null
    say()
  })

  const stops = [
    onEvent('clock', ({ now }) => (ahead = now - Date.now())),
    onEvent('sample', (samples) => {
      let mine = false
      for (const [number_, ms, value] of samples) {
        const track = tracks.get(number_)
        if (!track) continue
        track.add(ms, value)
        mine = true
      }
      if (mine) plan()
    }),
    onEvent('theme', () => plot.redraw()),
  ]
  const slide = setInterval(plan, Math.max(REPAINT, span)) // the window moves on though nothing comes
  const seen = new IntersectionObserver(([{ isIntersecting }]) => {
    visible = isIntersecting
    if (visible) draw()
  })
  seen.observe(element)
  const sized = new ResizeObserver(() => room.clientWidth && plot.setSize({ width: room.clientWidth, height: room.clientHeight }))
  sized.observe(room)
  const shown = () => document.hidden || draw()
  document.addEventListener('visibilitychange', shown)

  const fill = async () => {
    if (!config.src) return
    const answer = await fetch(config.src)
    if (!answer.ok) throw new Error(`${config.src}: ${answer.status}`)
    for (const { point, data } of (await answer.json()).series) for (const [ms, value] of data) tracks.get(point)?.add(ms, value)
    draw()
  }
  room.setAttribute('role', 'img') // the name and the newest value above it are text
  room.setAttribute('aria-label', element.getAttribute('aria-label') ?? t(`${config.series[0].name} 추이`, `Trend of ${config.series[0].name}`))
  stops.push(onEvent('snapshot', () => fill().catch((error) => console.warn('trend', error))))
  if (!document.body.dataset.snapshot) await fill()
  else fill().catch((error) => console.warn('trend', error))
  draw()

  return () => {
    stops.forEach((stop) => stop())
    clearInterval(slide)
    clearTimeout(timer)
    seen.disconnect()
    sized.disconnect()
    document.removeEventListener('visibilitychange', shown)
    plot.destroy()
  }
}
