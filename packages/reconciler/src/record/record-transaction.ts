import type { ActivePolicy, Arrived, BatchDecision, Registry, TokenMark } from '@freshet/protocol'
import { recordsHash, type Incoming, type LogRecord, type Timer } from '@freshet/wire'
import {
  batchEntries,
  outboxEntries,
  publishedRecords,
  quarantinedEntries,
} from './batch-entries.ts'
import { decideLoaded, decideNextWalk, WALK_LIMITS } from './decide-loaded.ts'
import type {
  RecordedProgress,
  RecorderStore,
  RecorderTransaction,
  WalkLimits,
} from './recorder-store.ts'
import type { RecordingTurns } from './recording-turns.ts'

/** The dependencies of recording. */
export interface RecordContext {
  readonly store: RecorderStore
  readonly timer: Timer
  /** Issuer of the tokens that revocations name. */
  readonly issuer: string
  /** `incomingOf` with the keys that the policy in force has for its sources (rule 32). */
  readonly authenticate: (record: LogRecord, policy: ActivePolicy) => Incoming | Promise<Incoming>
  /** The registry of a policy version, if this process has loaded that very content. */
  readonly registryOf: (pv: number, hash: string) => Registry | undefined
  /** The turns of recording. Absent: every partition records at any time. */
  readonly turns?: RecordingTurns
  /** The limits of one step at the end of a snapshot. Default: `WALK_LIMITS`. */
  readonly walkLimits?: WalkLimits | undefined
  /** Called after each commit: there can be rows to publish, and `through` can have moved. */
  onCommitted?(partition: number, batch: CommittedBatch): void
}

/** The effects of one committed transaction. */
export interface CommittedBatch {
  readonly e: bigint
  readonly nextOffset: bigint
  /** Records consumed. */
  readonly records: number
  readonly receivedAtMs: number
  readonly appliedAtMs: number
  readonly decision: BatchDecision
}

/** The position that the reader assumes: the one from which its first record was read. */
export interface ReadPosition {
  readonly e: bigint
  readonly nextOffset: bigint
  /** The policy in force there. Absent: the stored one is used. */
  readonly policy?: ActivePolicy
}

/** The result of recording a list of records. */
export type RecordResult =
  | { readonly kind: 'recorded'; readonly nextOffset: bigint; readonly policy: ActivePolicy }
  /** A policy version must be loaded before the record at `nextOffset` can be judged. */
  | {
      readonly kind: 'waiting'
      readonly nextOffset: bigint
      readonly policy: ActivePolicy
      readonly needs: { readonly pv: number; readonly hash: string }
    }
  /**
   * The stored position is of another incarnation, behind ours or under another policy: read again from
   * there.
   */
  | { readonly kind: 'superseded' }

/** Records of one transaction, with the results of reading them. */
export interface Batch {
  readonly records: readonly LogRecord[]
  readonly arrived: readonly Arrived[]
}

/** The result of one transaction. */
export type Step =
  | {
      readonly kind: 'recorded'
      readonly consumed: number
      readonly nextOffset: bigint
      readonly policy: ActivePolicy
    }
  /** The next record waits until a walk of its partition has ended. */
  | {
      readonly kind: 'walks-first'
      readonly nextOffset: bigint
      readonly policy: ActivePolicy
    }
  | Exclude<RecordResult, { kind: 'recorded' }>

/** The position and the time at which the records were read. */
type From = ReadPosition & { readonly receivedAtMs: number }
/** The same with the policy by which the records were authenticated. */
export type Under = From & { readonly policy: ActivePolicy }

/** Decides and saves a batch in one transaction. @throws `database.*` */
export async function recordOnce(context: RecordContext, batch: Batch, from: Under): Promise<Step> {
  const committed = await context.store.inPartition(
    partitionOf(batch),
    async (tx): Promise<CommittedBatch | undefined> => {
      if (!continues(tx.progress, from)) return undefined
      return decideAndSave(context, tx, batch, from.receivedAtMs)
    },
  )
  if (committed === undefined) return { kind: 'superseded' }
  context.onCommitted?.(partitionOf(batch), committed)
  return stepAfter(committed)
}

/** Another process can have continued, and under a policy with other keys. */
function continues({ e, nextOffset, policy }: RecordedProgress, from: Under): boolean {
  const { pv, hash } = from.policy
  return e === from.e && nextOffset >= from.nextOffset && policy.pv === pv && policy.hash === hash
}

function partitionOf({ records }: Batch): number {
  return records[0]?.partition ?? 0
}

function stepAfter({ decision, nextOffset }: CommittedBatch): Step {
  const { consumed, policy, waitsFor: needs, walksFirst } = decision
  if (walksFirst !== null) return { kind: 'walks-first', nextOffset, policy }
  if (needs !== null) return { kind: 'waiting', nextOffset, policy, needs }
  return { kind: 'recorded', consumed, nextOffset, policy }
}

async function decideAndSave(
  context: RecordContext,
  tx: RecorderTransaction,
  { records, arrived }: Batch,
  receivedAtMs: number,
): Promise<CommittedBatch> {
  const appliedAtMs = context.timer.nowMs()
  const { registryOf, walkLimits } = context
  const loaded = await decideLoaded(tx, arrived, { registryOf, nowMs: appliedAtMs, walkLimits })
  const { decision: decided } = loaded
  const decision = { ...decided, marks: decided.marks.filter((mark) => isOurs(context, mark)) }
  return save(context, tx, { decision, receivedAtMs, appliedAtMs }, records)
}

/** The ledger has tokens of our own issuer alone: the denial of another issuer concerns none of them. */
function isOurs({ issuer }: RecordContext, { kind, target }: TokenMark): boolean {
  return kind !== 'issuer' || target === issuer
}

/**
 * Takes one step of the walk at the end of a snapshot in a partition, in a transaction of its own. Returns
 * whether there was one to take.
 *
 * @throws `database.*`; the cursor is stored with the changes of the step, so the next one continues from
 * there
 */
export async function walkOnce(context: RecordContext, partition: number): Promise<boolean> {
  const step = (): Promise<CommittedBatch | undefined> =>
    context.store.inPartition(partition, async (tx) => {
      const nowMs = context.timer.nowMs()
      const { registryOf, walkLimits } = context
      const decision = await decideNextWalk(tx, { registryOf, walkLimits, nowMs })
      if (decision === undefined) return undefined
      return save(context, tx, { decision, receivedAtMs: nowMs, appliedAtMs: nowMs }, [])
    })
  const turn = { partition, isFull: true }
  const committed = await (context.turns === undefined ? step() : context.turns.run(turn, step))
  if (committed === undefined) return false
  context.onCommitted?.(partition, committed)
  return true
}

/** The share of the limits that is left after each failed step, because that step can have taken too long. */
const LESS = 8

/** Returns the same with shorter steps, after so many failures. */
export function withLess<C extends RecordContext>(context: C, failures: number): C {
  if (failures === 0) return context
  const { read, take } = context.walkLimits ?? WALK_LIMITS
  const part = (limit: number): number => Math.max(1, Math.floor(limit / LESS ** failures))
  return { ...context, walkLimits: { read: part(read), take: part(take) } }
}

/** Saves a decision; `records` are those that it was made about. */
async function save(
  { issuer }: RecordContext,
  tx: RecorderTransaction,
  decided: Pick<CommittedBatch, 'decision' | 'receivedAtMs' | 'appliedAtMs'>,
  records: readonly LogRecord[],
): Promise<CommittedBatch> {
  const { decision, appliedAtMs } = decided
  const { partition, e } = tx.progress
  const { consumed, nextOffset } = decision
  const published = publishedRecords(decision, issuer)
  const last = records[consumed - 1]
  await tx.save({
    ...decided,
    lastHash: last && last.offset + 1n === nextOffset ? recordsHash([last]) : null,
    outbox: outboxEntries(decision, published, { partition, records }),
    quarantined: quarantinedEntries(decision.quarantine, records),
    published,
    audit: batchEntries({ partition, appliedAtMs, decision }),
  })
  return { ...decided, e, nextOffset, records: consumed }
}
