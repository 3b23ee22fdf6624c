// htmx, told about our answers: the CSRF header, which answers are swapped in and which are told as a
// notice, and questions asked in a dialog of our own.

import htmx from 'htmx.org'
import { ask } from './dialogs.js'
import { language, t } from './language.js'
import { toast } from './toasts.js'

const NOT_SWAPPED = [401, 403, 404, 409, 413, 429, '5xx']
const SIGN_IN = 401

const SAYINGS = {
  403: ['이 작업을 할 권한이 없습니다.', 'You may not do this.'],
  404: ['찾을 수 없습니다. 지워졌을 수 있습니다.', 'Not found. It may have been removed.'],
  409: ['다른 변경과 부딪혔습니다. 새로 고친 뒤 다시 하십시오.', 'This conflicts with another change. Reload and try again.'],
  413: ['파일이 너무 큽니다.', 'The file is too large.'],
  429: ['요청이 너무 잦습니다. 잠시 뒤 다시 하십시오.', 'Too many requests. Try again in a moment.'],
}

export const csrf = () => document.querySelector('meta[name="csrf"]')?.content ?? ''

/** Whether an answer of this status goes into the page. */
export const isSwapped = (status) => !NOT_SWAPPED.includes(status) && status < 500

/** What a refused request's answer says, for people. */
function saying(status, text, type) {
  if (type.includes('json')) {
    try {
      const { detail, findings } = JSON.parse(text)
      if (findings?.length) return findings.map(({ problem, remedy }) => [problem, remedy].filter(Boolean).join(' ')).join(' ')
      if (typeof detail === 'string') return detail
      if (detail?.[language]) return detail[language]
    } catch {
      // not JSON after all; the general sentence will do
    }
  } else {
    const found = new DOMParser().parseFromString(text, 'text/html').querySelector('[data-error]')
    if (found) return found.textContent.trim()
  }
  return t(...(SAYINGS[status] ?? ['서버가 요청을 처리하지 못했습니다.', 'The server could not do this.']))
}

/** Tell the reader about an answer that is not swapped in. */
export function refused(status, text, type) {
  if (status === SIGN_IN) location.reload() // the page itself answers with the sign-in form
  else toast(saying(status, text, type ?? ''), 'bad')
}

/** The second half of a double click on a form's button: by then another button may stand there. */
function dropSecondClick(event) {
  if (event.detail < 2 || !event.target.closest?.('form[method="post"] button')) return
  event.preventDefault()
  event.stopImmediatePropagation()
}

export function startRequests() {
  document.addEventListener('click', dropSecondClick, true)
  htmx.config.noSwap = [204, 304, ...NOT_SWAPPED]
  htmx.config.includeIndicatorCSS = false
  htmx.config.morphIgnore = [...htmx.config.morphIgnore, 'open'] // what a reader unfolded stays so when a part is redrawn
  document.addEventListener('htmx:config:request', ({ detail: { ctx } }) => {
    if (!/^(GET|HEAD)$/i.test(ctx.request.method)) ctx.request.headers['X-CSRF-Token'] = csrf()
  })
  document.addEventListener('htmx:response:error', ({ detail: { ctx } }) => {
    const { status, headers } = ctx.response
    if (!isSwapped(status)) refused(status, ctx.text, headers.get('content-type'))
  })
  document.addEventListener('htmx:error', ({ detail: { error } }) => {
    if (error?.name === 'TypeError') toast(t('서버에 닿지 못했습니다. 연결을 확인하십시오.', 'The server did not answer. Check the connection.'), 'bad')
  })
  document.addEventListener('htmx:confirm', (event) => {
    const { ctx, issueRequest, dropRequest } = event.detail
    if (!ctx.confirm) return
    event.preventDefault()
    ask(ctx.confirm).then((yes) => (yes ? issueRequest() : dropRequest()))
  })
  document.addEventListener('toast', ({ detail }) => toast(detail.text, detail.kind))
}

/** Fetch `url` into `target`. */
export const load = (url, target) => htmx.ajax('GET', url, { target, swap: 'innerHTML' })

/** Put an answer that did not come through htmx into `target`. */
export const swap = (text, target) => htmx.swap({ text, target, sourceElement: target, swap: 'innerHTML' })
