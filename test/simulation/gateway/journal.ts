import {
  changePartitions,
  type Change,
  type ChangeOrigin,
  type ClaimChange,
} from '@freshet/protocol'
import { ACME_IDP } from '@freshet/testkit'
import type { Random } from '../random.ts'

/** An event that a source has committed. */
export interface Committed {
  readonly change: Change
  readonly partitions: readonly number[]
  readonly atMs: number
  /** The gateway answered the source, which will not send it again. */
  isAnswered: boolean
  attempts: number
}

/** The behaviour of a source of the model. */
export interface Manner {
  readonly source: 'iga' | 'hr' | 'desk'
  readonly claim: string
  /** It numbers its events, and relies on the gateway to refuse most heartbeats that are early. */
  readonly isDense: boolean
  /** It sends heartbeats, and repeats an event until it is answered; otherwise it sends each event once. */
  readonly isFaithful: boolean
}

/** The events that a source has committed, in order; the journal outlives every fault. */
export interface Journal extends Manner {
  readonly events: Committed[]
}

/** Returns the sources of the model. */
export function journals(): readonly Journal[] {
  return [
    { source: 'iga', claim: 'entitlements', isDense: true, isFaithful: true, events: [] },
    { source: 'hr', claim: 'groups', isDense: false, isFaithful: true, events: [] },
    { source: 'desk', claim: 'badge', isDense: false, isFaithful: false, events: [] },
  ]
}

const SUBJECTS = ['alice', 'bob', 'carol', 'dan'] as const

/** Commits one event: a claim of a subject, or the markers of a snapshot. */
export function commit(journal: Journal, random: Random, nowMs: number): void {
  const isSnapshot = journal.isFaithful && random.chance(0.08)
  const changes = isSnapshot
    ? (['snapshot-begin', 'snapshot-end'] as const).map((kind, at) => ({
        ...originOf(journal, at, nowMs),
        kind,
      }))
    : [claimChange(journal, random, nowMs)]
  for (const change of changes) {
    const partitions = changePartitions(change)
    journal.events.push({ change, partitions, atMs: nowMs, isAnswered: false, attempts: 0 })
  }
}

function claimChange(journal: Journal, random: Random, nowMs: number): ClaimChange {
  const sub = random.pick(SUBJECTS)
  return {
    ...originOf(journal, 0, nowMs),
    kind: 'claim',
    subject: { tenant: 'acme', iss: ACME_IDP, sub },
    claim: journal.claim,
    op: random.pick(['add', 'remove']),
    values: ['x'],
  }
}

function originOf({ source, isDense, events }: Journal, more: number, nowMs: number): ChangeOrigin {
  const n = BigInt(events.length + 1 + more)
  const origin = { tenant: 'acme', source, id: `${source}-${n}`, occurredAtMs: nowMs }
  const sourceVersion = { epoch: 0n, n }
  return { ...origin, sourceVersion, ...(isDense && { sequence: n }) }
}
