// Uploads with progress: `fetch` cannot tell how much has been sent, so this goes the older way.

import { t } from './language.js'
import { csrf, isSwapped, refused, swap } from './requests.js'
import { toast } from './toasts.js'

/** Send `form`, show how far it is, and put the answer where its `hx-target` says. */
export function upload(form, submitter) {
  const request = new XMLHttpRequest()
  const progress = form.querySelector('progress')
  const target = document.querySelector(form.getAttribute('hx-target')) ?? form
  const settle = (busy) => {
    if (submitter) submitter.disabled = busy
    form.toggleAttribute('aria-busy', busy)
    if (progress) progress.hidden = !busy
  }
  request.upload.addEventListener('progress', ({ loaded, total, lengthComputable }) => {
    if (!progress) return
    if (lengthComputable && loaded < total) {
      progress.max = total
      progress.value = loaded
    } else progress.removeAttribute('value') // all is sent; the server is reading it
  })
  request.addEventListener('load', async () => {
    settle(false)
    const type = request.getResponseHeader('content-type') ?? ''
    if (request.getResponseHeader('hx-redirect')) location.href = request.getResponseHeader('hx-redirect')
    else if (isSwapped(request.status) && type.includes('html')) await swap(request.responseText, target)
    else refused(request.status, request.responseText, type)
  })
  request.addEventListener('error', () => {
    settle(false)
    toast(t('보내지 못했습니다. 연결을 확인하십시오.', 'Could not send. Check the connection.'), 'bad')
  })
  const body = new FormData(form, submitter)
  request.open('POST', form.action)
  request.setRequestHeader('X-CSRF-Token', csrf())
  request.setRequestHeader('HX-Request', 'true')
  settle(true)
  request.send(body)
}
