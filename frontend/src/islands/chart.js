// A chart of any length of time: lines, steps or bars, gaps as gaps, and how complete each bucket is.

import { BarChart, CustomChart, LineChart } from 'echarts/charts'
import { DataZoomComponent, GridComponent, LegendComponent, LegendScrollComponent, ToolboxComponent, TooltipComponent } from 'echarts/components'
import { init, registerLocale, use } from 'echarts/core'
import korean from 'echarts/i18n/langKO-obj.js'
import { SVGRenderer } from 'echarts/renderers'
import { fail, stylesheet } from '../islands.js'
import { language, t, toInput } from '../language.js'
import { onEvent } from '../stream.js'
import { isEmpty, option, unshift } from './chart-option.js'

use([BarChart, CustomChart, LineChart, DataZoomComponent, GridComponent, LegendComponent, LegendScrollComponent, ToolboxComponent, TooltipComponent, SVGRenderer])
registerLocale('KO', korean)

const NARROW = 560
const SETTLES = 150

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()

function emptyState() {
  const room = document.createElement('div')
  room.className = 'empty'
  room.setAttribute('role', 'status')
  const title = document.createElement('h3')
  title.textContent = t('이 구간에는 자료가 없습니다', 'No data in this range')
  const words = document.createElement('p')
  words.textContent = t('기간을 넓히거나 다른 측정점을 고르십시오.', 'Widen the range or choose another point.')
  room.append(title, words)
  return room
}

class Chart {
  constructor(element) {
    this.element = element
    const inline = element.querySelector('script[type="application/json"]')
    this.inline = inline && JSON.parse(inline.textContent)
    if (element.dataset.height) element.style.height = `${element.dataset.height}px`
    this.stage = document.createElement('div')
    this.stage.className = 'chart-stage'
    this.whole = document.createElement('button')
    this.whole.type = 'button'
    this.whole.className = 'button small chart-whole'
    this.whole.textContent = t('전체 구간', 'Whole range')
    this.whole.hidden = true
    this.whole.addEventListener('click', () => this.chart.dispatchAction({ type: 'dataZoom', start: 0, end: 100 }))
    this.empty = emptyState()
    element.replaceChildren(this.stage, this.whole)
    element.setAttribute('role', 'figure')
    this.zoom = [0, 100]
    this.stops = [onEvent('theme', () => this.draw())]
    if (element.dataset.reload) {
      const again = () => this.read().then(() => this.draw(), (error) => console.warn('chart', error))
      document.body.addEventListener(element.dataset.reload, again)
      this.stops.push(() => document.body.removeEventListener(element.dataset.reload, again))
    }
  }

  async read() {
    if (this.inline) this.payload = this.inline
    else {
      const answer = await fetch(this.element.dataset.src, { headers: { accept: 'application/json' } })
      if (!answer.ok) throw new Error(`${this.element.dataset.src}: ${answer.status}`)
      this.payload = await answer.json()
    }
  }

  async start() {
    await Promise.all([this.read(), stylesheet('chart.css')])
    this.chart = init(this.stage, null, { renderer: 'svg', locale: language === 'ko' ? 'KO' : 'EN' })
    this.chart.on('datazoom', () => this.zoomed())
    const sized = new ResizeObserver(() => this.chart.resize())
    sized.observe(this.stage)
    this.stops.push(() => sized.disconnect())
    this.draw()
  }

  draw() {
    if (!this.chart || !this.payload) return
    if (isEmpty(this.payload)) {
      this.stage.hidden = true
      this.element.append(this.empty)
      return
    }
    this.empty.remove()
    this.stage.hidden = false
    this.chart.resize()
    const font = getComputedStyle(this.element).fontFamily
    const narrow = this.element.clientWidth < NARROW
    const { kind = 'line', limit, mark } = this.element.dataset
    const marks = { limit: limit && Number(limit), mark: mark?.split(' ').map(Number) }
    this.chart.setOption(option(this.payload, { kind, c: color, font, zoom: this.zoom, narrow, ...marks }), { notMerge: true })
    if (!this.payload.categories && matchMedia('(pointer: fine)').matches)
      this.chart.dispatchAction({ type: 'takeGlobalCursor', key: 'dataZoomSelect', dataZoomSelectActive: true })
    this.element.dataset.ready = ''
  }

  zoomed() {
    const [{ start, end, startValue, endValue }] = this.chart.getOption().dataZoom
    this.zoom = [start, end]
    this.whole.hidden = start <= 0 && end >= 100
    clearTimeout(this.settling)
    this.settling = setTimeout(() => this.tell(Math.round(unshift(startValue)), Math.round(unshift(endValue))), SETTLES)
  }

  tell(from, to) {
    const form = document.querySelector(this.element.dataset.form || null)
    for (const [name, ms] of Object.entries({ from, to })) {
      const input = form?.elements[name]
      if (!input) continue
      input.value = input.type === 'date' ? toInput(ms).slice(0, 10) : toInput(ms)
      input.dispatchEvent(new Event('input', { bubbles: true }))
    }
    document.body.dispatchEvent(new CustomEvent('sandan:range', { detail: { from, to } }))
  }

  stop() {
    this.stops.forEach((stop) => stop())
    clearTimeout(this.settling)
    this.chart?.dispose()
  }
}

/** Mount a chart; it is drawn when its data have come, and the page does not wait for that. */
export function mount(element) {
  const chart = new Chart(element)
  element.island = chart
  chart.start().catch((error) => {
    chart.stop()
    fail(element, error)
  })
  return () => chart.stop()
}
