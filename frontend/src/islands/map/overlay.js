// What stands over the map in HTML: the legend with its counts, the wind, the name under the pointer.

import { number, t } from '../../language.js'

export const STATE_NAMES = [
  ['정상', 'Normal'],
  ['긴급', 'Critical'],
  ['높음', 'High'],
  ['중간', 'Medium'],
  ['낮음', 'Low'],
  ['통신두절', 'Silent'],
]
const WINDS = t('북 북북동 북동 동북동 동 동남동 남동 남남동 남 남남서 남서 서남서 서 서북서 북서 북북서', 'N NNE NE ENE E ESE SE SSE S SSW SW WSW W WNW NW NNW').split(' ')
const CALM = 0.3 // m/s; below it a vane's direction means nothing

function box(name, tag = 'div') {
  const element = document.createElement(tag)
  element.className = name
  return element
}

/** A legend whose words carry how many things are in each state. */
export function legend(container) {
  const list = box('map-legend', 'ul')
  list.setAttribute('aria-label', t('범례: 상태별 수', 'Legend: how many in each state'))
  const counts = [1, 2, 3, 4, 5, 0].map((state) => {
    const row = box('state', 'li')
    row.dataset.state = state
    const count = box('number', 'b')
    row.append(t(...STATE_NAMES[state]), ' ', count)
    list.append(row)
    return [state, count]
  })
  container.append(list)
  return (tally) => {
    for (const [state, count] of counts) {
      const text = number(tally[state] ?? 0)
      if (count.textContent !== text) count.textContent = text
    }
  }
}

/** A legend of `[colour, words]`, in place of the one before. */
export function swatches(container, rows) {
  const list = box('map-legend', 'ul')
  list.setAttribute('aria-label', t('범례', 'Legend'))
  for (const [colour, words] of rows) {
    const row = document.createElement('li')
    const swatch = box('swatch', 'span')
    swatch.style.background = colour
    row.append(swatch, words)
    list.append(row)
  }
  container.querySelector('.map-legend')?.remove()
  container.append(list)
}

/** An arrow along the wind, kept true when the map is turned. */
export function wind(container) {
  const room = box('map-wind')
  room.hidden = true
  const arrow = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  arrow.setAttribute('viewBox', '0 0 24 24')
  arrow.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', 'M12 2 17.5 21 12 17 6.5 21Z')
  arrow.append(path)
  const words = box('number', 'span')
  room.append(arrow, words)
  container.append(room)
  let from = 0
  let bearing = 0
  const turn = () => (arrow.style.rotate = `${from + 180 - bearing}deg`)
  return {
    blow({ direction, speed }) {
      room.hidden = speed === null || speed === undefined
      if (room.hidden) return
      const calm = speed < CALM || direction === null || direction === undefined
      arrow.toggleAttribute('hidden', calm)
      from = direction ?? 0
      words.textContent = `${calm ? t('고요', 'calm') : t(`${WINDS[Math.round(from / 22.5) % 16]}풍`, WINDS[Math.round(from / 22.5) % 16])} ${number(speed, 1)} m/s`
      turn()
    },
    turned(to) {
      bearing = to
      turn()
    },
  }
}

/** A small name beside the pointer. */
export function tip(container) {
  const room = box('map-tip')
  room.hidden = true
  room.setAttribute('aria-hidden', 'true')
  container.append(room)
  return {
    show({ x, y }, text) {
      room.textContent = text
      room.hidden = false
      const left = x > container.clientWidth - 180
      room.style.translate = `calc(${x}px + ${left ? '-100% - 12px' : '14px'}) ${y + 12}px`
    },
    hide() {
      room.hidden = true
    },
  }
}
