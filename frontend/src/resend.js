// A form sent from where there is no signal: it waits in the page and goes by itself once there is one.
// The server takes a form of the same key once, so that sending it again does no harm.

import { t } from './language.js'

const AGAIN = 10_000
const PATIENCE = 5_000

/** Whether the server can be reached now; any answer will do. */
export async function reached(address, ask = fetch) {
  try {
    await ask(address, { method: 'HEAD', cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) })
    return true
  } catch {
    return false
  }
}

/** Resolves after a while, or as soon as the phone says that it is back on the network. */
const signal = () =>
  new Promise((go) => {
    const timer = setTimeout(go, AGAIN)
    addEventListener('online', () => (clearTimeout(timer), go()), { once: true })
  })

/** Send `form` as soon as the server can be reached, and say what is happening until then. */
export async function resend(form, submitter) {
  const said = form.querySelector('[data-resend-said]')
  if (submitter) submitter.disabled = true
  while (!(await reached(form.action))) {
    said.hidden = false
    said.textContent = t(
      '신호가 없어 아직 보내지 못했습니다. 이 화면을 닫지 마십시오. 신호가 잡히면 저절로 보냅니다.',
      'Not sent yet: there is no signal. Keep this page open; it will be sent by itself.',
    )
    await signal()
  }
  said.textContent = t('보내는 중입니다…', 'Sending…')
  form.submit()
}
