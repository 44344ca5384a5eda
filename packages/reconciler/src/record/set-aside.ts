import type { Arrived, ArrivedChange, UnreadableChange } from '@freshet/protocol'

/** The reason why a record cannot be recorded unchanged: its content, or the time that it takes. */
export type SetAsideReason = 'content' | 'time'

const RULES: Readonly<Record<SetAsideReason, string>> = {
  content: 'the database cannot hold its content',
  time: 'recording it takes longer than the database allows',
}

/**
 * Returns the record as one that cannot be read. A record that takes too long keeps its subject and its
 * claim, which are then in doubt. A record whose content the database refuses keeps only its source, which is
 * halted in this partition until its next snapshot.
 */
export function setAside({ arrival, ...at }: Arrived, reason: SetAsideReason): Arrived {
  const rule = RULES[reason]
  if (arrival.kind !== 'change' && arrival.kind !== 'unreadable') {
    return { ...at, arrival: { kind: 'unauthentic', rule } }
  }
  const record = arrival.kind === 'change' ? unreadable(arrival) : arrival
  const { source, stamp, contentHash } = record
  const kept = reason === 'time' ? record : { source, stamp, contentHash }
  return { ...at, arrival: { ...kept, kind: 'unreadable', rule } }
}

function unreadable({
  change,
  stamp,
  contentHash,
}: ArrivedChange): Omit<UnreadableChange, 'kind' | 'rule'> {
  const { tenant, source, id } = change
  const scope = {
    ...('subject' in change && { subject: change.subject }),
    ...(change.kind === 'claim' && { claim: change.claim }),
  }
  return { tenant, source, id, ...scope, stamp, contentHash }
}
