import type { Entry, Journal } from './journal.ts'

/**
 * Returns the entries without an answer that are allowed to be sent. The begin of a snapshot is sent after
 * everything before it was answered, and alone; its end after the whole snapshot was answered. A source that
 * numbers sends in order. For others, later facts do not wait for the end.
 */
export function mayGo({ entries, isDense }: Journal): ReadonlySet<Entry> {
  const going = new Set<Entry>()
  let isAllAnswered = true
  let isStated = true
  for (const entry of entries) {
    const marker = entry.fact.kind === 'statement' ? entry.fact.marker : undefined
    if (marker === 'begin') isStated = true
    if (entry.isAnswered) continue
    if (marker === 'begin') return isAllAnswered ? going.add(entry) : going
    const isEarly = marker === 'end' && !isStated
    if (isEarly && isDense) return going
    if (!isEarly) going.add(entry)
    isAllAnswered = false
    isStated = false
  }
  return going
}
