/**
 * By how much a counter grew, where it did at all. `increase` does not see a series that begins above zero, which a
 * counter does whose label is first used by the very event that is looked for.
 */
export function grew({
  counter,
  labels = '',
  window,
}: {
  readonly counter: string
  readonly labels?: string
  readonly window: string
}): string {
  const selected = labels === '' ? counter : `${counter}{${labels}}`
  const before = `${selected} offset ${window}`
  return `sum by (cluster) (increase(${selected}[${window}])) > 0\nor\nsum by (cluster) (${selected} unless ${before}) > 0`
}
