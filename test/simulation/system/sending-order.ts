import type { Entry, Journal } from './journal.ts'

/**
 * Returns the entries without an answer that are allowed to be sent. The begin of a snapshot is sent after
 * everything before it was answered, and alone; its end after the whole snapshot was answered. A source that
 * numbers sends in order. For others, later facts do not wait for the end.
 */
export function mayGo({ entries, isDense }: Journal): ReadonlySet<Entry> {
  const going = new Set<Entry>()
  let isAllTold = true
  let isStated = true
  for (const entry of entries) {
    const border = entry.fact.kind === 'statement' ? entry.fact.border : undefined
    if (border === 'begin') isStated = true
    if (entry.isAnswered) continue
    if (border === 'begin') return isAllTold ? going.add(entry) : going
    const isEarly = border === 'end' && !isStated
    if (isEarly && isDense) return going
    if (!isEarly) going.add(entry)
    isAllTold = false
    isStated = false
  }
  return going
}
