import type { Change, ChangeOrigin, RecordRef } from '@freshet/domain'
import { ACME_IDP } from '@freshet/testkit'
import { TENANT } from './deployment.ts'
import type { Fact, Told } from './truth.ts'

/** A fact as a source keeps it, and whether it was answered. */
export interface Entry extends Told {
  readonly change: Change
  isAnswered: boolean
  /** The claim moved to another source before it was answered; whoever has it now states it. */
  isGivenUp?: true
}

/** What goes with a fact. */
export interface Saying {
  /** The records whose doubt a `set` settles. */
  readonly settles?: readonly RecordRef[]
  /** The source means this, and sends something that nobody can read. */
  readonly isGarbled?: true
}

/** What a source has committed, in its order; it outlives every fault. */
export interface Journal {
  readonly source: string
  /** The source numbers its changes itself. */
  readonly isDense: boolean
  readonly entries: Entry[]
  /** The epoch of its versions, and how far they have gone back within it. */
  versions: { readonly epoch: bigint; readonly back: bigint }
}

/** The next entry; `occurredAtMs` by the source's own clock. */
export function entryOf(
  { source, isDense, entries, versions }: Journal,
  fact: Fact,
  {
    atMs,
    occurredAtMs,
    ...saying
  }: Saying & { readonly atMs: number; readonly occurredAtMs: number },
): Entry {
  const n = BigInt(entries.length + 1)
  const id = `${source}-${n}`
  const origin: ChangeOrigin = {
    tenant: TENANT,
    source,
    id,
    occurredAtMs,
    sourceVersion: { epoch: versions.epoch, n: n > versions.back ? n - versions.back : 1n },
    ...(isDense && { sequence: n }),
  }
  const change = changeOf(origin, fact, saying.settles)
  const { isGarbled } = saying
  return { id, source, atMs, fact, change, isAnswered: false, ...(isGarbled && { isGarbled }) }
}

/** A fact in the words of the change topic. */
function changeOf(origin: ChangeOrigin, fact: Fact, settles?: readonly RecordRef[]): Change {
  switch (fact.kind) {
    case 'claim':
    case 'overreach': {
      const { sub, claim, op, values } = fact
      const said = { claim, op, values, ...(settles && { settles }) }
      return { ...origin, kind: 'claim', subject: subjectOf(sub), ...said }
    }
    case 'account':
      return { ...origin, kind: 'account', subject: subjectOf(fact.sub), op: fact.op }
    case 'withdrawn':
      return { ...origin, kind: 'value-withdrawn', claim: fact.claim, value: fact.value }
    case 'cut-off':
      return { ...origin, ...fact }
    case 'statement':
      return { ...origin, kind: `snapshot-${fact.border}` }
    case 'denied':
      return { ...origin, ...fact, kind: 'deny' }
  }
}

function subjectOf(sub: string): { tenant: string; iss: string; sub: string } {
  return { tenant: TENANT, iss: ACME_IDP, sub }
}

/** The journal of a source that has said nothing yet. */
export function emptyJournal(source: string, isDense: boolean): Journal {
  return { source, isDense, entries: [], versions: { epoch: 0n, back: 0n } }
}
