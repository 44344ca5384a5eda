import type { Change, ChangeOrigin } from '@freshet/domain'
import { ACME_IDP } from '@freshet/testkit'
import { TENANT } from './deployment.ts'
import type { Fact, Told } from './truth.ts'

/** A fact as a source keeps it, and whether it was answered. */
export interface Entry extends Told {
  readonly change: Change
  isAnswered: boolean
}

/** What a source has committed, in its order; it outlives every fault. */
export interface Journal {
  readonly source: string
  /** The source numbers its changes itself. */
  readonly isDense: boolean
  readonly entries: Entry[]
}

/** The next entry; `occurredAtMs` by the source's own clock. */
export function entryOf(
  { source, isDense, entries }: Journal,
  fact: Fact,
  times: { readonly atMs: number; readonly occurredAtMs: number },
): Entry {
  const n = BigInt(entries.length + 1)
  const id = `${source}-${n}`
  const origin: ChangeOrigin = {
    tenant: TENANT,
    source,
    id,
    occurredAtMs: times.occurredAtMs,
    sourceVersion: { epoch: 0n, n },
    ...(isDense && { sequence: n }),
  }
  const change = changeOf(origin, fact)
  return { id, source, atMs: times.atMs, fact, change, isAnswered: false }
}

/** A fact in the words of the change topic. */
function changeOf(origin: ChangeOrigin, fact: Fact): Change {
  switch (fact.kind) {
    case 'claim': {
      const { sub, claim, op, values } = fact
      return { ...origin, kind: 'claim', subject: subjectOf(sub), claim, op, values }
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
