import type { Change, ChangeOrigin, RecordRef, SourceVersion, Subject } from '@freshet/protocol'
import { ACME_IDP } from '@freshet/testkit'
import { DIRECTORY } from './deployment.ts'
import type { Fact, CommittedFact } from './truth.ts'

/** A fact in a source's journal, and whether it was answered. */
export interface Entry extends CommittedFact {
  readonly change: Change
  isAnswered: boolean
  /** No proof of it is valid yet: the key that signs it is not published. */
  readonly isUnproven?: true
  /** The claim moved to another source before it was answered; the new source states it. */
  isGivenUp?: true
}

/** The settings of a fact's commit. */
export interface CommitOptions {
  /** The records whose doubt a `set` settles. */
  readonly settles?: readonly RecordRef[]
  /** The source intends this fact, and sends an unreadable record. */
  readonly isGarbled?: true
  /** It is signed by a key that is published later. */
  readonly isUnproven?: true
  /** The version of the snapshot that this is part of; without it, a later version than ever. */
  readonly version?: SourceVersion
  /** Its time by the clock of its source; without it, the time of the commit. */
  readonly occurredAtMs?: number
}

/** The facts that a source has committed, in its order; the journal outlives every fault. */
export interface Journal {
  readonly tenant: string
  readonly source: string
  /** The source numbers its changes itself. */
  readonly isDense: boolean
  readonly entries: Entry[]
  /** The epoch of its versions, and the distance by which they have gone back within it. */
  versions: { readonly epoch: bigint; readonly back: bigint }
}

/** Returns the next entry; `occurredAtMs` is by the source's own clock. */
export function entryOf(
  { tenant, source, isDense, entries, versions }: Journal,
  fact: Fact,
  {
    atMs,
    occurredAtMs,
    ...saying
  }: CommitOptions & { readonly atMs: number; readonly occurredAtMs: number },
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

/** Returns the change of a fact. */
function changeOf(origin: ChangeOrigin, fact: Fact, settles?: readonly RecordRef[]): Change {
  switch (fact.kind) {
    case 'claim':
    case 'overreach': {
      const { sub, claim, op, values } = fact
      const partner = fact.kind === 'claim' ? fact.onBehalfOf : undefined
      const content = {
        claim,
        op,
        values,
        ...(settles && { settles }),
        ...(partner !== undefined && { onBehalfOf: partner }),
      }
      return { ...origin, kind: 'claim', subject: subjectOf(origin.tenant, sub), ...content }
    }
    case 'account':
      return {
        ...origin,
        kind: 'account',
        subject: subjectOf(origin.tenant, fact.sub),
        op: fact.op,
      }
    case 'withdrawn': {
      const { kind: _, ...content } = fact
      return { ...origin, ...content, kind: 'value-withdrawn' }
    }
    case 'cut-off':
      return { ...origin, ...fact }
    case 'statement': {
      const { states } = fact
      if (fact.marker === 'begin')
        return { ...origin, kind: 'snapshot-begin', ...(states && { states }) }
      return { ...origin, kind: 'snapshot-end', ...(fact.isConfirmed && { confirmed: true }) }
    }
    case 'denied':
      return { ...origin, ...fact, kind: 'deny' }
  }
}

/** A second identity provider of the tenant, and the mark of its subjects. */
export const PARTNER_IDP = 'https://partner.acme.example'
const PARTNER = '@partner'

/** Returns a subject with its full name. */
export function subjectOf(tenant: string, sub: string): Subject {
  return { tenant, iss: sub.endsWith(PARTNER) ? PARTNER_IDP : ACME_IDP, sub }
}

/** Returns the identity provider that names a subject. */
export function providerOf(sub: string): string {
  return subjectOf('', sub).iss
}

/** Returns the empty journals of a tenant. */
export function emptyJournals(tenant: string): readonly Journal[] {
  return [
    emptyJournal(tenant, 'hr', false),
    emptyJournal(tenant, 'iga', true),
    emptyJournal(tenant, 'security', true),
    emptyJournal(tenant, DIRECTORY, false),
  ]
}

/** Returns the empty journals of sources whose changes the gateway numbers. */
export function unnumberedJournals(tenant: string): readonly Journal[] {
  return emptyJournals(tenant).map((journal) => ({ ...journal, isDense: false }))
}

function emptyJournal(tenant: string, source: string, isDense: boolean): Journal {
  return { tenant, source, isDense, entries: [], versions: { epoch: 0n, back: 0n } }
}
