// What axe-core finds that is serious or critical.
async () => {
  const { violations } = await axe.run(document, {
    resultTypes: ['violations'],
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  })
  const said = ({ target, failureSummary }) => `${target}: ${failureSummary.split('\n').slice(1).join(' ').trim()}`
  return violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.slice(0, 3).map(said).join(' | ')}`)
}
