// Where the map looks from: as near as the whole complex allows.

const NARROW = 720
const ROUNDS = 4
const EDGE = { left: 20, right: 20, top: 44, bottom: 60 } // room for wind and legend
const BARE = { left: 8, right: 8, top: 8, bottom: 8 }

/** The camera to start with: the one the page asks for, or one over the middle of `extent`. */
export function start(element, [west, south, east, north]) {
  const given = element.dataset.view?.split(',').map(Number)
  if (given) return { center: [given[0], given[1]], zoom: given[2], pitch: given[3] ?? 0, bearing: given[4] ?? 0 }
  const small = element.clientWidth < NARROW
  const pitch = 'flat' in element.dataset ? 0 : small ? 30 : 46
  return { center: [(west + east) / 2, (south + north) / 2], zoom: 13, pitch, bearing: pitch && !small ? -9 : 0 }
}

/** Move so that `extent`, seen in perspective, fills the map. MapLibre's own fit looks straight down. */
export function fit(map, element, [west, south, east, north]) {
  if (element.dataset.view) return
  const edge = 'plain' in element.dataset ? BARE : EDGE
  const { clientWidth, clientHeight } = map.getContainer()
  const [width, height] = [clientWidth - edge.left - edge.right, clientHeight - edge.top - edge.bottom]
  if (width <= 0 || height <= 0) return
  for (let round = 0; round < ROUNDS; round++) {
    const seen = [[west, south], [east, south], [east, north], [west, north]].map((corner) => map.project(corner))
    const [x, y] = [seen.map((p) => p.x), seen.map((p) => p.y)]
    const [left, right, top, bottom] = [Math.min(...x), Math.max(...x), Math.min(...y), Math.max(...y)]
    const center = map.unproject([(left + right) / 2 + (edge.right - edge.left) / 2, (top + bottom) / 2 + (edge.bottom - edge.top) / 2])
    const scale = Math.min(width / (right - left), height / (bottom - top))
    map.jumpTo({ center, zoom: map.getZoom() + Math.log2(scale) })
  }
}

/** A complex's width of free ground around `extent`, and no more: one cannot get lost. */
export function roam([west, south, east, north]) {
  const [dx, dy] = [Math.max(0.01, east - west), Math.max(0.01, north - south)]
  return [west - dx, south - dy, east + dx, north + dy]
}
