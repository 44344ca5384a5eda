import { changePartitions, CONTROL_PARTITION, invariant, type Change } from '@freshet/protocol'
import {
  contentHash,
  encodeChange,
  stampRecord,
  type ChangeEnvelope,
  type OutgoingRecord,
} from '@freshet/wire'
import { inFeed, type IntakeContext } from '../context.ts'
import { superseded } from '../sources/source-epoch.ts'
import { planStamps, type Applicant, type StampDecision } from './stamp-plan.ts'
import type { Feed, FeedTransaction, NewStamp } from './stamp-store.ts'

/** A change that passed the checks, with its record, which is the same in every partition of the change. */
export interface Candidate {
  readonly change: Change
  readonly record: OutgoingRecord
  readonly contentHash: string
  readonly partitions: readonly number[]
}

/** Returns a change with the record that it becomes on the topic, without its stamp. */
export function toCandidate({ change, traceparent }: ChangeEnvelope): Candidate {
  const record = encodeChange(change, traceparent === undefined ? {} : { traceparent })
  return {
    change,
    record,
    contentHash: contentHash(record),
    partitions: changePartitions(change),
  }
}

/**
 * Gives candidates of one feed their places, in one transaction under the feed's lock. Stamps and bytes are
 * durable when this resolves, and no record has been produced yet (rule 34).
 *
 * `numbered` is true if the source numbers its events itself.
 */
export function stampBatch(
  context: IntakeContext,
  feed: Feed,
  candidates: readonly Candidate[],
  numbered: boolean,
): Promise<readonly StampDecision[]> {
  const applicants = candidates.map((candidate) => toApplicant(candidate, numbered))
  const urgency = !numbered && candidates.every(isUrgent) ? 'next' : 'in turn'
  return inFeed(context, feed, urgency, async (tx) => {
    const sequences = applicants.flatMap(({ sequence }) => sequence ?? [])
    const known = await tx.find(
      applicants.map(({ id }) => id),
      sequences,
    )
    const free = numbered ? await tx.freeSequences(applicants.length) : []
    const planned = planStamps(applicants, known, free)
    const decisions = planned.map((decision, at) => withinEpoch(decision, candidates[at], tx.epoch))
    const rows = await numberRows(tx, pairUp(candidates, decisions), context.macKey())
    if (rows.length > 0) await tx.insert(rows)
    return decisions
  })
}

/** A change of an older epoch gets no new stamp. A change that has its stamp already keeps it. */
function withinEpoch(
  decision: StampDecision,
  candidate: Candidate | undefined,
  epoch: bigint,
): StampDecision {
  if (candidate === undefined || decision.kind === 'refuse' || decision.partitions.length === 0)
    return decision
  const { source, sourceVersion } = candidate.change
  if (sourceVersion.epoch >= epoch) return decision
  return { kind: 'refuse', error: superseded(source, sourceVersion.epoch, epoch) }
}

/**
 * Returns whether a candidate concerns the control partition alone: it does not wait behind the batches of a
 * load of the same source. A source that numbers its events itself has them stamped in the order of their
 * arrival.
 */
function isUrgent({ partitions }: Candidate): boolean {
  return partitions.every((partition) => partition === CONTROL_PARTITION)
}

function toApplicant(candidate: Candidate, numbered: boolean): Applicant {
  const { change, partitions } = candidate
  const base = { id: change.id, contentHash: candidate.contentHash, partitions }
  const { sequence } = change
  return numbered && sequence !== undefined ? { ...base, sequence } : base
}

interface Place {
  readonly candidate: Candidate
  readonly partition: number
}

function pairUp(
  candidates: readonly Candidate[],
  decisions: readonly StampDecision[],
): readonly Place[] {
  return candidates.flatMap((candidate, index) => {
    const decision = decisions[index]
    if (decision?.kind !== 'stamp') return []
    return decision.partitions.map((partition) => ({ candidate, partition }))
  })
}

async function numberRows(
  tx: FeedTransaction,
  places: readonly Place[],
  macKey: Uint8Array,
): Promise<readonly NewStamp[]> {
  if (places.length === 0) return []
  const numbers = new Numbers(await tx.freeNumbers(countByPartition(places)))
  const begun = begunPartitions(places)
  const tops = begun.length === 0 ? [] : await tx.tally(begun, undefined)
  for (const { partition, last } of tops) numbers.note(partition, last)
  return places.map(({ candidate, partition }) => {
    const { kind, id, sequence } = candidate.change
    const number = kind === 'snapshot-begin' ? numbers.above(partition) : numbers.first(partition)
    const record = stampRecord(candidate.record, { partition, number }, macKey)
    const row = { id, partition, number, contentHash: candidate.contentHash, record }
    return { ...row, sequence: sequence ?? null }
  })
}

/**
 * Returns the partitions in which a snapshot begins. A snapshot closes every gap below the number of its
 * begin, so the begin gets a number above all others.
 */
function begunPartitions(places: readonly Place[]): readonly number[] {
  const begun = places.filter(({ candidate }) => candidate.change.kind === 'snapshot-begin')
  return [...new Set(begun.map(({ partition }) => partition))]
}

function countByPartition(places: readonly Place[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const { partition } of places) counts.set(partition, (counts.get(partition) ?? 0) + 1)
  return counts
}

/** Assigns the numbers of a transaction: the first free one, so that gaps close, or one above the highest. */
class Numbers {
  readonly #free: Map<number, bigint[]>
  readonly #top = new Map<number, bigint>()

  constructor(free: ReadonlyMap<number, readonly bigint[]>) {
    this.#free = new Map([...free].map(([partition, numbers]) => [partition, [...numbers]]))
  }

  note(partition: number, number: bigint): void {
    if (number > (this.#top.get(partition) ?? 0n)) this.#top.set(partition, number)
  }

  first(partition: number): bigint {
    const number = this.#free.get(partition)?.shift()
    invariant(number !== undefined, `No free number was read for partition ${partition}.`)
    this.note(partition, number)
    return number
  }

  above(partition: number): bigint {
    const number = (this.#top.get(partition) ?? 0n) + 1n
    this.note(partition, number)
    const free = this.#free.get(partition) ?? []
    this.#free.set(
      partition,
      free.filter((other) => other !== number),
    )
    return number
  }
}
