// Where this phone is, when somebody asks for it: shown before it is sent, and gone at a press.

import { t } from './language.js'

const WAIT = 15_000
const COARSE = 200 // metres beyond which a place in words is worth more
const DIGITS = 5 // about a metre

/** Why the browser tells no place, in words that say what to do instead. */
export function refusal(code, secure = isSecureContext) {
  const instead = t('장소를 글로 적어 주십시오.', 'Please write where it is.')
  if (!secure || code === undefined)
    return `${t('이 주소(http)에서는 브라우저가 위치를 알려 주지 않습니다.', 'At this address (http) the browser tells no location.')} ${instead}`
  if (code === 1) return `${t('위치 사용이 허락되지 않았습니다.', 'The location was not allowed.')} ${instead}`
  return `${t('위치를 찾지 못했습니다.', 'Your location was not found.')} ${instead}`
}

/** What is shown of a place that was found. */
export function found(lat, lon, accuracy) {
  const near = Math.max(1, Math.round(accuracy))
  const rough = near > COARSE ? ` ${t('정확하지 않으니 장소를 글로도 적어 주십시오.', 'That is rough: please write where it is as well.')}` : ''
  return `${t('위도', 'Latitude')} ${lat}, ${t('경도', 'longitude')} ${lon} (±${near} m).${rough}`
}

const parts = (button) => {
  const place = button.closest('[data-location]')
  return { said: place.querySelector('[role="status"]'), drop: place.querySelector('[data-locate="drop"]'), lon: place.querySelector('[name="lon"]'), lat: place.querySelector('[name="lat"]') }
}

const ask = () =>
  new Promise((tell, refuse) => {
    if (!isSecureContext || !navigator.geolocation) refuse({})
    else navigator.geolocation.getCurrentPosition(tell, refuse, { enableHighAccuracy: true, timeout: WAIT, maximumAge: 60_000 })
  })

/** Find the place or drop it, as the button says. */
export async function locate(button) {
  const { said, drop, lon, lat } = parts(button)
  const show = (words, at) => {
    ;[lon.value, lat.value] = at ?? ['', '']
    drop.hidden = !at
    said.textContent = words
  }
  if (button.dataset.locate === 'drop') {
    show(t('위치를 지웠습니다. 보내지 않습니다.', 'The location is removed and will not be sent.'))
    parts(button).said.closest('[data-location]').querySelector('[data-locate="find"]').focus()
    return
  }
  button.disabled = true
  said.textContent = t('위치를 찾는 중입니다…', 'Looking for your location…')
  try {
    const { coords } = await ask()
    const at = [coords.longitude.toFixed(DIGITS), coords.latitude.toFixed(DIGITS)]
    show(found(at[1], at[0], coords.accuracy), at)
  } catch ({ code }) {
    show(refusal(code))
  } finally {
    button.disabled = false
  }
}
