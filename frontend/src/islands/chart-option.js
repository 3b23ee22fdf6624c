// From the series a server answers with to what ECharts draws. Pure: colours and words come in.
//
// Instants are moved by nine hours and drawn as if they were UTC, so that a day begins where Seoul's does in
// whatever time zone the browser runs. Seoul has had no summer time since 1988.

import { SEOUL_OFFSET, instant, language, number, shortDay, t } from '../language.js'

const MOST_BARS = 1500
const STRIP = 7
const SLIDER = 18
const LEGEND = 30
const WHOLE = 0.9995
const HELPER = 'helper ' // series that are not the payload's
const MOST_DOTS = 60
export const shift = (ms) => ms + SEOUL_OFFSET
export const unshift = (ms) => ms - SEOUL_OFFSET

/** `[[ms, value], …]` with a null wherever a bucket of `interval` ms is missing. */
export function withGaps(data, interval) {
  if (!interval) return data
  const filled = []
  data.forEach((datum, i) => {
    if (i && datum[0] - data[i - 1][0] > interval * 1.5) filled.push([data[i - 1][0] + interval, null])
    filled.push(datum)
  })
  return filled
}

/** Neighbouring buckets of the same completeness, as `[from, to, share]` with share 0, ½ or 1. */
export function runs(data, coverage, interval) {
  const found = []
  data.forEach(([at], i) => {
    const share = coverage[i] >= WHOLE ? 1 : coverage[i] > 0 ? 0.5 : 0
    const to = at + (interval ?? (data[i + 1]?.[0] ?? at) - at)
    const last = found.at(-1)
    if (last && last[2] === share && at <= last[1]) last[1] = to
    else {
      if (last && at > last[1] && interval) found.push([last[1], at, 0])
      found.push([at, to, share])
    }
  })
  return found
}

/** Whether there is anything to draw. */
export const isEmpty = ({ series }) => !series?.some(({ data }) => data.some((datum) => (Array.isArray(datum) ? datum[1] : datum) !== null))

function drawn(series, i, kind, axis, c) {
  const color = c(`series-${(i % 4) + 1}`)
  const mine = series.kind ?? kind
  const bar = mine === 'bar' && series.data.length <= MOST_BARS
  const gaps = withGaps(series.data, series.interval)
  const data = gaps.map(([at, value]) => [shift(at), value])
  const last = gaps.at(-1)
  if (mine !== 'line' && !bar && last && series.interval) data.push([shift(last[0] + series.interval), last[1]])
  const shared = { name: series.name, yAxisIndex: axis, data, color, animation: false, emphasis: { disabled: true } }
  if (bar) return { ...shared, type: 'bar', barCategoryGap: '8%', barMaxWidth: 28 }
  return {
    ...shared,
    type: 'line',
    step: mine === 'line' ? false : 'end',
    connectNulls: false,
    showSymbol: false,
    symbol: 'circle',
    sampling: 'minmax',
    lineStyle: { width: 1.6, color, type: i < 4 ? 'solid' : 'dashed' },
    areaStyle: mine === 'bar' ? { color, opacity: 0.25 } : undefined,
  }
}

/** Values with a gap on either side: a line through one point is no line, so they are drawn as dots. */
function lonely({ name, color, yAxisIndex, data }, i) {
  const few = data.length <= MOST_DOTS
  const alone = data.filter(([, value], at) => value !== null && (few || ((data[at - 1]?.[1] ?? null) === null && (data[at + 1]?.[1] ?? null) === null)))
  return { id: `${HELPER}lonely ${i}`, name, type: 'line', yAxisIndex, data: alone, color, silent: true, animation: false, lineStyle: { opacity: 0 }, showSymbol: true, showAllSymbol: true, symbol: 'circle', symbolSize: 4 }
}

/** Between two courses `low` and `high`: what lies below is drawn unseen, the rest stacked on it and filled. */
function band({ low, high, interval, axis = 0, color = 1, opacity = 0.16 }, i, c) {
  const lower = withGaps(low, interval)
  const rise = withGaps(high, interval).map(([at, value], n) => [shift(at), value === null ? null : value - lower[n][1]])
  const shared = { type: 'line', yAxisIndex: axis, stack: `${HELPER}band ${i}`, stackStrategy: 'all', z: 1, silent: true, animation: false, showSymbol: false, lineStyle: { opacity: 0 }, color: c(`series-${color}`) }
  return [
    { ...shared, id: `${HELPER}band ${i} below`, data: lower.map(([at, value]) => [shift(at), value]) },
    { ...shared, id: `${HELPER}band ${i}`, data: rise, areaStyle: { color: c(`series-${color}`), opacity } },
  ]
}

/** A thin line across the plot at `limit`; what it bounds is read on the first axis. */
function across(limit, payload, c) {
  const span = payload.series[0].data
  const [from, to] = [payload.from ?? span[0][0], payload.to ?? span.at(-1)[0]]
  return { id: `${HELPER}limit`, type: 'line', data: [from, to].map((at) => [shift(at), limit]), color: c('limit'), silent: true, animation: false, showSymbol: false, lineStyle: { width: 1.2, type: 'dashed' } }
}

/** The datum `[ms, value]` that is spoken of, ringed. */
function ring([at, value], c) {
  return { id: `${HELPER}ring`, type: 'line', data: [[shift(at), value]], color: c('limit'), silent: true, animation: false, showSymbol: true, symbol: 'emptyCircle', symbolSize: 11, lineStyle: { opacity: 0 } }
}

function strip(series, i, c) {
  // As a gauge is read: a full bar is full of data, an empty one has none.
  const looks = { 0: { fill: c('sunken'), stroke: c('edge'), lineWidth: 1 }, 0.5: { fill: c('state-2') }, 1: { fill: c('state-5') } }
  return {
    type: 'custom',
    id: `${HELPER}coverage ${i}`,
    xAxisIndex: 1,
    yAxisIndex: series.axis,
    silent: true,
    animation: false,
    tooltip: { show: false },
    encode: { x: [0, 1], y: -1 },
    data: runs(series.data, series.coverage, series.interval).map(([from, to, share]) => [shift(from), shift(to), share]),
    clip: true,
    renderItem: ({ coordSys }, api) => {
      const [left] = api.coord([api.value(0), 0])
      const [right] = api.coord([api.value(1), 0])
      const from = Math.max(left, coordSys.x)
      const width = Math.min(right, coordSys.x + coordSys.width) - from
      if (width <= 0) return undefined
      return { type: 'rect', shape: { x: from, y: coordSys.y + series.row * (STRIP + 2), width: Math.max(width, 0.5), height: STRIP }, style: looks[api.value(2)] }
    },
  }
}

const LABELS =
  language === 'ko'
    ? { year: '{yyyy}년', month: '{M}월', day: '{M}/{d}', hour: '{HH}:{mm}', minute: '{HH}:{mm}', second: '{HH}:{mm}:{ss}', millisecond: '{HH}:{mm}:{ss}' }
    : { year: '{yyyy}', month: '{MMM}', day: '{d} {MMM}', hour: '{HH}:{mm}', minute: '{HH}:{mm}', second: '{HH}:{mm}:{ss}', millisecond: '{HH}:{mm}:{ss}' }

function row(...cells) {
  const line = document.createElement('div')
  line.className = 'chart-tip-row'
  cells.forEach(([tag, name, text]) => {
    const cell = document.createElement(tag)
    cell.className = name
    cell.textContent = text
    line.append(cell)
  })
  return line
}

/** The tooltip as elements, so that no name is ever read as markup. */
function tooltip(payload, coverages) {
  return (items) => {
    const list = (Array.isArray(items) ? items : [items]).filter(({ seriesId }) => !seriesId.startsWith(HELPER))
    const room = document.createElement('div')
    if (!list.length) return room
    const at = payload.categories ? null : unshift(list[0].axisValue)
    room.append(row(['b', 'number', at === null ? list[0].axisValueLabel : instant(at)]))
    for (const { seriesIndex, value } of list) {
      const { name, unit, digits } = payload.series[seriesIndex]
      const amount = Array.isArray(value) ? value[1] : value
      const share = at === null ? undefined : coverages[seriesIndex]?.get(unshift(value[0]))
      const short = share !== undefined && share < WHOLE ? t(` · 자료율 ${Math.floor(share * 100)} %`, ` · coverage ${Math.floor(share * 100)} %`) : ''
      room.append(row(['span', '', name], ['b', 'number', `${number(amount, digits ?? 1)} ${unit ?? ''}${short}`]))
    }
    return room
  }
}

function yAxes(units, payload, kind, c) {
  return units.map((unit, i) => ({
    type: 'value',
    name: unit,
    nameTextStyle: { color: c('mute'), align: i ? 'right' : 'left', padding: i ? 0 : [0, 0, 0, -28] },
    position: i ? 'right' : 'left',
    scale: !payload.series.some((series) => (series.unit ?? '') === unit && (series.kind ?? kind) === 'bar'),
    splitNumber: 4,
    axisLabel: { color: c('mute'), formatter: (value) => number(value, Math.abs(value) < 10 && value % 1 ? 2 : value % 1 ? 1 : 0) },
    splitLine: { show: !i, lineStyle: { color: c('grid') } },
    axisLine: { show: false },
    axisTick: { show: false },
  }))
}

const stripAxis = (c) => ({
  type: 'value',
  gridIndex: 1,
  min: 0,
  max: 1,
  name: t('자료율', 'cover'),
  nameLocation: 'middle',
  nameRotate: 0,
  nameGap: 22,
  nameTextStyle: { color: c('mute'), fontSize: 11 },
  axisLabel: { show: false },
  axisTick: { show: false },
  axisLine: { show: false },
  splitLine: { show: false },
})

/** The ECharts option of `payload`; `zoom` is `[start, end]` in per cent of the whole; `limit` is a value, `mark` a datum. */
export function option(payload, { kind, c, font, zoom = [0, 100], narrow, limit, mark }) {
  const units = [...new Set(payload.series.map(({ unit }) => unit ?? ''))].slice(0, 2)
  const axisOf = ({ unit }) => Math.max(0, units.indexOf(unit ?? ''))
  const stripes = payload.categories ? [] : payload.series.map((series, i) => ({ ...series, i })).filter(({ coverage, data }) => coverage?.length === data.length)
  const stripHeight = stripes.length * (STRIP + 2)
  const top = (payload.series.length > 1 ? LEGEND : 0) + (units.some(Boolean) ? 26 : 12)
  const zoomable = !payload.categories
  const bottom = 28 + (zoomable ? SLIDER + 12 : 0) + (stripHeight ? stripHeight + 4 : 0)
  const sides = { left: narrow ? 44 : 56, right: units.length > 1 ? 52 : 16 }
  const time = {
    type: 'time',
    min: payload.from === undefined ? undefined : shift(payload.from),
    max: payload.to === undefined ? undefined : shift(payload.to),
  }
  const xLabels = {
    axisLabel: { color: c('mute'), hideOverlap: true, ...(payload.categories ? {} : { formatter: LABELS }) },
    axisLine: { lineStyle: { color: c('edge') } },
    axisTick: { lineStyle: { color: c('edge') } },
    splitLine: { show: false },
  }
  const series = payload.categories
    ? payload.series.map(({ name, data, kind: own }, i) => ({ type: (own ?? kind) === 'line' ? 'line' : 'bar', name, data, yAxisIndex: axisOf(payload.series[i]), color: c(`series-${(i % 4) + 1}`), barMaxWidth: 40, animation: false }))
    : payload.series.map((one, i) => drawn(one, i, kind, axisOf(one), c))
  const marks = payload.categories ? [] : [...(limit === undefined ? [] : [across(limit, payload, c)]), ...(mark ? [ring(mark, c)] : [])]
  return {
    useUTC: true,
    animation: false,
    textStyle: { fontFamily: font },
    legend: { show: payload.series.length > 1, top: 0, left: 0, type: 'scroll', data: payload.series.map(({ name }) => name), textStyle: { color: c('text') }, itemWidth: 18, itemHeight: 8, icon: 'roundRect' },
    grid: [{ ...sides, top, bottom }, ...(stripHeight ? [{ ...sides, height: stripHeight, bottom: bottom - 24 - stripHeight }] : [])],
    xAxis: [
      payload.categories ? { type: 'category', data: payload.categories, ...xLabels } : { ...time, ...xLabels, axisPointer: { label: { show: false } } },
      ...(stripHeight ? [{ ...time, gridIndex: 1, show: false }] : []),
    ],
    yAxis: [...yAxes(units, payload, kind, c), ...(stripHeight ? [stripAxis(c)] : [])],
    series: [...series, ...(payload.categories ? [] : series.filter(({ type }) => type === 'line').map(lonely)), ...(payload.bands ?? []).flatMap((one, i) => band(one, i, c)), ...marks, ...stripes.map((one, line) => strip({ ...one, row: line, axis: units.length }, one.i, c))],
    tooltip: {
      trigger: 'axis',
      confine: true,
      transitionDuration: 0,
      className: 'chart-tip',
      borderWidth: 0,
      padding: 0,
      backgroundColor: 'transparent',
      axisPointer: { type: 'line', lineStyle: { color: c('edge') } },
      formatter: tooltip(payload, payload.series.map(({ coverage, data }) => coverage && new Map(data.map(([at], i) => [at, coverage[i]])))),
    },
    ...(zoomable && {
      toolbox: { itemSize: 0, showTitle: false, feature: { dataZoom: { yAxisIndex: 'none', brushStyle: { color: c('primary'), opacity: 0.18 } } } },
      dataZoom: [
        { type: 'inside', xAxisIndex: 'all', zoomOnMouseWheel: 'ctrl', moveOnMouseMove: false, moveOnMouseWheel: false, start: zoom[0], end: zoom[1], filterMode: 'none' },
        {
          type: 'slider',
          xAxisIndex: 'all',
          start: zoom[0],
          end: zoom[1],
          filterMode: 'none',
          height: SLIDER,
          bottom: 6,
          ...sides,
          showDataShadow: false,
          brushSelect: false,
          borderColor: c('line'),
          fillerColor: `color-mix(in srgb, ${c('primary')} 16%, transparent)`,
          backgroundColor: c('sunken'),
          handleStyle: { color: c('raised'), borderColor: c('edge') },
          moveHandleSize: 0,
          textStyle: { color: c('mute'), fontSize: 11 },
          labelFormatter: (value) => shortDay(unshift(value)),
        },
      ],
    }),
  }
}
