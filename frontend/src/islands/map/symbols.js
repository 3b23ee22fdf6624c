// What the map shows as pictures: a disc for each kind of point, and the numbered shapes of the states
// (the same shapes as css/state.css). Drawn at twice their size, for dense screens.

import { ICONS } from '../../icons.js'

const RATIO = 2
const SIZE = 26
const GLYPHS = {
  substation: 'plug',
  air_station: 'wind',
  odour_station: 'leaf',
  weather_station: 'sun',
  water_station: 'water',
  logistics_hub: 'truck',
  stack: 'stack',
  tank: 'tank',
  battery: 'battery',
  leak_sensor: 'drop',
  thermal_sensor: 'flame',
  bus_stop: 'bus',
  transformer: 'pulse',
  dock: 'dock',
  pv: 'sun',
  meter: 'meter',
  gateway: 'gateway',
}

function picture(draw, size = SIZE) {
  const canvas = new OffscreenCanvas(size * RATIO, size * RATIO)
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  pen.scale(RATIO, RATIO)
  draw(pen, size)
  return pen.getImageData(0, 0, size * RATIO, size * RATIO)
}

const disc = (glyph, c) =>
  picture((pen, size) => {
    pen.beginPath()
    pen.arc(size / 2, size / 2, size / 2 - 1.5, 0, 7)
    pen.fillStyle = c('map-halo')
    pen.fill()
    pen.strokeStyle = c('map-symbol')
    pen.lineWidth = 1.2
    pen.stroke()
    pen.translate(size / 2 - 8, size / 2 - 8)
    pen.scale(16 / 24, 16 / 24)
    pen.lineWidth = 2
    pen.lineCap = pen.lineJoin = 'round'
    pen.stroke(new Path2D(ICONS[glyph]))
  })

const SHAPES = {
  1: { path: 'M3 3H23V23H3Z', fill: '#d1121f', edge: '#ffffff', text: '#ffffff', y: 13.5 },
  2: { path: 'M13 1.5 25 23.5H1Z', fill: '#f0821d', edge: '#5c2b00', text: '#1c1400', y: 16 },
  3: { path: 'M13 2a11 11 0 1 0 .01 0Z', fill: '#f5cb2e', edge: '#6b5000', text: '#1c1400', y: 13.5 },
  4: { path: 'M8.5 5.5h9a7.5 7.5 0 0 1 0 15h-9a7.5 7.5 0 0 1 0-15Z', fill: '#7c4fb5', edge: '#ffffff', text: '#ffffff', y: 13.5 },
}

const mark = (state) =>
  picture((pen, size) => {
    const { path, fill, edge, text, y } = SHAPES[state]
    const shape = new Path2D(path)
    pen.fillStyle = fill
    pen.fill(shape)
    pen.strokeStyle = edge
    pen.lineWidth = 1.4
    pen.lineJoin = 'round'
    pen.stroke(shape)
    pen.fillStyle = text
    pen.font = `700 ${state === 2 ? 12 : 14}px "Sandan Sans", sans-serif`
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    pen.fillText(String(state), size / 2, y)
  })

const hatched = (c) =>
  picture((pen, size) => {
    const box = new Path2D('M5 5h16v16H5Z')
    pen.fillStyle = c('map-halo')
    pen.fill(box)
    pen.save()
    pen.clip(box)
    pen.strokeStyle = c('state-5')
    pen.lineWidth = 2
    for (let x = -size; x < size; x += 5) {
      pen.beginPath()
      pen.moveTo(x, size)
      pen.lineTo(x + size, 0)
      pen.stroke()
    }
    pen.restore()
    pen.strokeStyle = c('state-5-text')
    pen.lineWidth = 1.4
    pen.stroke(box)
  })

const vehicle = (c) =>
  picture((pen) => {
    const arrow = new Path2D('M8 1 14 14 8 11 2 14Z')
    pen.fillStyle = c('map-vehicle')
    pen.strokeStyle = c('map-halo')
    pen.lineWidth = 1.2
    pen.fill(arrow)
    pen.stroke(arrow)
  }, 16)

/** Every picture the style names, in the colours `c`. */
export function pictures(c) {
  const made = { vehicle: vehicle(c), 'mark-5': hatched(c) }
  for (const state of [1, 2, 3, 4]) made[`mark-${state}`] = mark(state)
  for (const [kind, glyph] of Object.entries(GLYPHS)) made[kind] = disc(glyph, c)
  return made
}

export const PIXEL_RATIO = RATIO
