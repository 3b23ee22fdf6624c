// Words, numbers and times in the reader's language; times are Seoul's wherever the browser stands.

export const language = document.documentElement.lang === 'en' ? 'en' : 'ko'

/** One piece of text, Korean first. */
export const t = (ko, en) => (language === 'ko' ? ko : en)

const LOCALE = language === 'ko' ? 'ko-KR' : 'en-GB'
const SEOUL = 'Asia/Seoul'
export const SEOUL_OFFSET = 9 * 3_600_000 // no summer time since 1988
const formats = new Map()

/** `1234.5` as `1,234.5`; an absent value as a dash. */
export function number(value, digits = 0) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–'
  let format = formats.get(digits)
  if (!format) {
    format = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits })
    formats.set(digits, format)
  }
  return format.format(value)
}

const dated = (options) => new Intl.DateTimeFormat(LOCALE, { timeZone: SEOUL, hourCycle: 'h23', ...options })
const clock = dated({ hour: '2-digit', minute: '2-digit', second: '2-digit' })
const minute = dated({ hour: '2-digit', minute: '2-digit' })
const day = dated({ month: 'numeric', day: 'numeric', weekday: 'short' })
const full = dated({ year: 'numeric', month: 'numeric', day: 'numeric', weekday: 'short' })

/** `14:05:09` */
export const clockTime = (ms) => clock.format(ms)
/** `14:05` */
export const minuteTime = (ms) => minute.format(ms)
/** `11. 21. (토)` */
export const shortDay = (ms) => day.format(ms)
/** `2026. 11. 21. (토) 14:05` */
export const instant = (ms) => `${full.format(ms)} ${minute.format(ms)}`

const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' })

/** `3분 전`, `3 minutes ago` */
export function ago(ms, now) {
  const seconds = Math.round((ms - now) / 1000)
  for (const [unit, size] of [['day', 86400], ['hour', 3600], ['minute', 60]])
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit)
  return relative.format(seconds, 'second')
}

const pad = (n) => String(n).padStart(2, '0')

/** What a `datetime-local` input holds for an instant, on Seoul's wall clock. */
export function toInput(ms) {
  const d = new Date(ms + SEOUL_OFFSET)
  return `${d.getUTCFullYear()}-${pad(d.getUTCMonth() + 1)}-${pad(d.getUTCDate())}T${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}`
}
