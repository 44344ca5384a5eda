import type { Change, ChangeOrigin, RecordRef, SourceVersion, Subject } from '@freshet/domain'
import { ACME_IDP } from '@freshet/testkit'
import { DIRECTORY } from './deployment.ts'
import type { Fact, Told } from './truth.ts'

/** A fact as a source keeps it, and whether it was answered. */
export interface Entry extends Told {
  readonly change: Change
  isAnswered: boolean
  /** Nothing proves it yet: the key that signs it is not published. */
  readonly isUnproven?: true
  /** The claim moved to another source before it was answered; whoever has it now states it. */
  isGivenUp?: true
}

/** What goes with a fact. */
export interface Saying {
  /** The records whose doubt a `set` settles. */
  readonly settles?: readonly RecordRef[]
  /** The source means this, and sends something that nobody can read. */
  readonly isGarbled?: true
  /** It is signed by a key that is published later. */
  readonly isUnproven?: true
  /** That of the full statement which this is part of; without it, a later one than ever. */
  readonly version?: SourceVersion
}

/** What a source has committed, in its order; it outlives every fault. */
export interface Journal {
  readonly tenant: string
  readonly source: string
  /** The source numbers its changes itself. */
  readonly isDense: boolean
  readonly entries: Entry[]
  /** The epoch of its versions, and how far they have gone back within it. */
  versions: { readonly epoch: bigint; readonly back: bigint }
}

/** The next entry; `occurredAtMs` by the source's own clock. */
export function entryOf(
  { tenant, source, isDense, entries, versions }: Journal,
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
    tenant,
    source,
    id,
    occurredAtMs,
    sourceVersion: saying.version ?? versionOf(n, versions),
    ...(isDense && { sequence: n }),
  }
  const change = changeOf(origin, fact, saying.settles)
  const { isGarbled, isUnproven } = saying
  const how = { ...(isGarbled && { isGarbled }), ...(isUnproven && { isUnproven }) }
  return { id, source, atMs, fact, change, isAnswered: false, ...how }
}

function versionOf(n: bigint, { epoch, back }: Journal['versions']): SourceVersion {
  return { epoch, n: n > back ? n - back : 1n }
}

/** A fact in the words of the change topic. */
function changeOf(origin: ChangeOrigin, fact: Fact, settles?: readonly RecordRef[]): Change {
  switch (fact.kind) {
    case 'claim':
    case 'overreach': {
      const { sub, claim, op, values } = fact
      const said = { claim, op, values, ...(settles && { settles }) }
      return { ...origin, kind: 'claim', subject: subjectOf(origin.tenant, sub), ...said }
    }
    case 'account':
      return {
        ...origin,
        kind: 'account',
        subject: subjectOf(origin.tenant, fact.sub),
        op: fact.op,
      }
    case 'withdrawn':
      return { ...origin, kind: 'value-withdrawn', claim: fact.claim, value: fact.value }
    case 'cut-off':
      return { ...origin, ...fact }
    case 'statement': {
      if (fact.border === 'begin') return { ...origin, kind: 'snapshot-begin' }
      return { ...origin, kind: 'snapshot-end', ...(fact.isConfirmed && { confirmed: true }) }
    }
    case 'denied':
      return { ...origin, ...fact, kind: 'deny' }
  }
}

/** A subject, as everybody names it. */
export function subjectOf(tenant: string, sub: string): Subject {
  return { tenant, iss: ACME_IDP, sub }
}

/** The journals of a tenant of which nothing was said yet. */
export function emptyJournals(tenant: string): readonly Journal[] {
  return [
    emptyJournal(tenant, 'hr', false),
    emptyJournal(tenant, 'iga', true),
    emptyJournal(tenant, 'security', true),
    emptyJournal(tenant, DIRECTORY, false),
  ]
}

function emptyJournal(tenant: string, source: string, isDense: boolean): Journal {
  return { tenant, source, isDense, entries: [], versions: { epoch: 0n, back: 0n } }
}
