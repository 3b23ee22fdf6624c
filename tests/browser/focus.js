// Where the focus is, and whether one can see it.
() => {
  const at = document.activeElement
  if (!at || at === document.body) return null
  const style = getComputedStyle(at)
  const box = at.getBoundingClientRect()
  const shown = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none'
  const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth
  return {
    tag: at.tagName.toLowerCase(),
    name: (at.getAttribute('aria-label') ?? at.textContent ?? '').trim().slice(0, 60) || at.name || at.id,
    href: at.getAttribute('href'),
    main: Boolean(at.closest('main')),
    shown,
    inside,
  }
}
