// Texts of which a part can be neither seen nor scrolled to.
() => {
  const AXES = {
    X: (box) => [box.left, box.right],
    Y: (box) => [box.top, box.bottom],
  }
  // A chart's legend is cut where it turns its pages.
  const LEAVE = 'script, style, .visually-hidden, .skip, select, textarea, [clip-path]'
  const found = new Set()

  function look(node) {
    const own = node.parentElement
    const range = document.createRange()
    range.selectNodeContents(node)
    const text = range.getBoundingClientRect()
    if (!text.width) return
    for (const [axis, ends] of Object.entries(AXES)) {
      const [low, high] = ends(text)
      for (let around = own; around !== document.body; around = around.parentElement) {
        const overflow = getComputedStyle(around)[`overflow${axis}`]
        if (['auto', 'scroll'].includes(overflow)) break
        if (!['hidden', 'clip'].includes(overflow)) continue
        const [least, most] = ends(around.getBoundingClientRect())
        if (low < least - 2 || high > most + 2)
          found.add(`${around.tagName} ${around.getAttribute('class')} cuts “${node.data.trim().slice(0, 40)}” (${axis})`)
      }
    }
  }

  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const own = node.parentElement
    if (!node.data.trim() || own.closest(LEAVE)) continue
    if (own.checkVisibility({ visibilityProperty: true, opacityProperty: true })) look(node)
  }
  return [...found]
}
