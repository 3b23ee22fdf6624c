// Money from its sources through its years to where it stands: a Sankey diagram beside the table that says the same.

import { SankeyChart } from 'echarts/charts'
import { TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { fail, stylesheet } from '../islands.js'
import { number } from '../language.js'
import { onEvent } from '../stream.js'

use([SankeyChart, TooltipComponent, SVGRenderer])

const NARROW = 560
const SERIES = 4

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()

/** What ECharts draws of `{nodes: [{id, name, depth}], links: [{from, to, value}], unit, factor, digits}`. */
export function option({ nodes, links, unit, factor = 1, digits = 0 }, { c, font, narrow }) {
  const said = (value) => `${number(value * factor, digits)} ${unit}`
  const last = Math.max(...nodes.map(({ depth }) => depth))
  const names = new Map(nodes.map(({ id, name }) => [id, name]))
  return {
    animation: false,
    textStyle: { fontFamily: font },
    tooltip: {
      className: 'chart-tip',
      formatter: ({ dataType, data, name, value }) => {
        const room = document.createElement('span')
        room.textContent = dataType === 'edge' ? `${names.get(data.source)} → ${names.get(data.target)}  ${said(data.value)}` : `${names.get(name)}  ${said(value)}`
        return room
      },
    },
    series: [
      {
        type: 'sankey',
        left: 8,
        right: 8,
        top: 12,
        bottom: 12,
        nodeWidth: 14,
        nodeGap: 12,
        draggable: false,
        layoutIterations: 0, // years stay in their order
        emphasis: { focus: 'adjacency' },
        lineStyle: { color: 'source', opacity: 0.3 },
        label: { color: c('text'), fontSize: 12, formatter: ({ name, value }) => (narrow ? names.get(name) : `${names.get(name)}\n${said(value)}`) },
        data: nodes.map(({ id, depth }, i) => ({ name: id, depth, label: { position: depth === last ? 'left' : 'right' }, itemStyle: { color: c(`series-${(i % SERIES) + 1}`), borderWidth: 0 } })),
        links: links.map(({ from, to, value }) => ({ source: from, target: to, value })),
      },
    ],
  }
}

/** Draw the flow whose data stand in a JSON script inside the element; without links nothing is drawn. */
export function mount(element) {
  const payload = JSON.parse(element.querySelector('script[type="application/json"]').textContent)
  if (!payload.links.length) return undefined
  element.style.height = `${element.dataset.height ?? 360}px`
  const stage = document.createElement('div')
  stage.className = 'chart-stage'
  element.replaceChildren(stage)
  element.setAttribute('role', 'figure')
  let chart
  const draw = () => {
    const font = getComputedStyle(element).fontFamily
    chart?.setOption(option(payload, { c: color, font, narrow: element.clientWidth < NARROW }), { notMerge: true })
    element.dataset.ready = ''
  }
  const stops = [onEvent('theme', draw)]
  stylesheet('chart.css')
    .then(() => {
      chart = init(stage, null, { renderer: 'svg' })
      const sized = new ResizeObserver(() => {
        chart.resize()
        draw()
      })
      sized.observe(stage)
      stops.push(() => sized.disconnect())
      draw()
    })
    .catch((error) => fail(element, error))
  return () => {
    stops.forEach((stop) => stop())
    chart?.dispose()
  }
}
