// The complex's geometry, sorted into what the map redraws never, sometimes and often.

/** Point kinds by how near one must come to see them; firms and road nodes are not drawn. */
export const NEARNESS = {
  far: ['substation', 'air_station', 'odour_station', 'weather_station', 'water_station', 'logistics_hub'],
  near: ['stack', 'tank', 'battery', 'leak_sensor', 'thermal_sensor', 'bus_stop'],
  close: ['transformer', 'dock', 'pv', 'meter', 'gateway'],
}
const POINT_KINDS = new Set(Object.values(NEARNESS).flat())
const LABELLED = new Set(['zone', 'stream', 'green'])
const BIG_LABEL = { zone: 1, stream: 2, green: 3 }

/** The middle of a geometry: its centroid by area, or its first point. */
export function middle(geometry) {
  if (geometry.type === 'Point') return geometry.coordinates
  if (geometry.type === 'LineString') return geometry.coordinates[geometry.coordinates.length >> 1]
  const ring = geometry.type === 'MultiPolygon' ? geometry.coordinates[0][0] : geometry.coordinates[0]
  const [x0, y0] = ring[0]
  let twice = 0
  let x = 0
  let y = 0
  for (let i = 1; i < ring.length; i++) {
    const [ax, ay] = [ring[i - 1][0] - x0, ring[i - 1][1] - y0] // near zero, or the products lose their digits
    const [bx, by] = [ring[i][0] - x0, ring[i][1] - y0]
    const cross = ax * by - bx * ay
    twice += cross
    x += (ax + bx) * cross
    y += (ay + by) * cross
  }
  return twice ? [x0 + x / (3 * twice), y0 + y / (3 * twice)] : ring[0]
}

function* vertices(coordinates) {
  if (typeof coordinates[0] === 'number') yield coordinates
  else for (const part of coordinates) yield* vertices(part)
}

/** West, south, east, north of `features`. */
export function bounds(features) {
  let [west, south, east, north] = [180, 90, -180, -90]
  for (const { geometry } of features)
    for (const [x, y] of vertices(geometry.coordinates)) {
      if (x < west) west = x
      if (x > east) east = x
      if (y < south) south = y
      if (y > north) north = y
    }
  return [west, south, east, north]
}

export const collection = (features) => ({ type: 'FeatureCollection', features })
export const point = (coordinates, properties) => ({ type: 'Feature', geometry: { type: 'Point', coordinates }, properties })

/** Sort a FeatureCollection: `ground`, `buildings`, `points`, `labels`, and every feature by its number. */
export function sort({ features }, labelled = LABELLED) {
  const sorted = { ground: [], buildings: [], points: [], labels: [], byNumber: new Map(), extent: [] }
  for (const feature of features) {
    const { geometry, properties } = feature
    if (!geometry) continue
    if (properties.n) sorted.byNumber.set(properties.n, feature)
    if (properties.kind === 'building') sorted.buildings.push(feature)
    else if (geometry.type !== 'Point') sorted.ground.push(feature)
    else if (POINT_KINDS.has(properties.kind)) sorted.points.push(feature)
    if (labelled.has(properties.kind) && properties.name)
      sorted.labels.push(point(middle(geometry), { name: properties.name, rank: BIG_LABEL[properties.kind] ?? 4, kind: properties.kind }))
  }
  const whole = features.filter(({ geometry, properties }) => geometry && properties.kind === 'complex')
  const zones = sorted.ground.filter(({ properties }) => properties.kind === 'zone')
  sorted.extent = bounds(zones.length ? zones : whole.length ? whole : features.filter(({ geometry }) => geometry))
  return sorted
}
