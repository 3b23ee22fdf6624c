// Dialogs: those written in the page, and the question before an action.

import { t } from './language.js'

/** Ask a yes-or-no question; resolves to the answer. */
export function ask(question) {
  const dialog = document.createElement('dialog')
  dialog.className = 'dialog'
  const form = document.createElement('form')
  form.method = 'dialog'
  const words = document.createElement('div')
  words.className = 'dialog-body'
  words.id = 'question'
  words.textContent = question
  dialog.setAttribute('aria-labelledby', words.id)
  const actions = document.createElement('div')
  actions.className = 'actions'
  for (const [value, ko, en, kind] of [['', '취소', 'Cancel', ''], ['yes', '예', 'Yes', 'primary']]) {
    const button = document.createElement('button')
    button.value = value
    button.className = `button ${kind}`
    button.textContent = t(ko, en)
    actions.append(button)
  }
  words.style.paddingTop = '1.25rem'
  form.append(words)
  dialog.append(form)
  form.append(actions)
  actions.style.paddingInline = '1.5rem'
  document.body.append(dialog)
  dialog.showModal()
  return new Promise((answer) => {
    dialog.addEventListener('close', () => {
      answer(dialog.returnValue === 'yes')
      dialog.remove()
    })
  })
}

export function startDialogs() {
  document.addEventListener('click', ({ target }) => {
    const opener = target.closest('[data-open]')
    if (opener) document.getElementById(opener.dataset.open)?.showModal()
    if (target.closest('[data-close]')) target.closest('dialog')?.close()
    if (target.matches('dialog')) target.close() // a click on the backdrop lands on the dialog itself
  })
}
