import type { Entry, Journal } from './journal.ts'

/**
 * What is not answered yet and may be sent. The begin of a full statement goes when all before it was
 * answered, and alone; its end when all of the statement was. Who numbers goes in order; with others
 * what was committed since does not wait for the end.
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
