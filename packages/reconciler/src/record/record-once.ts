import type { ActivePolicy, Arrived, TokenMark } from '@freshet/protocol'
import { recordsHash, type LogRecord } from '@freshet/wire'
import { batchEntries } from './entries/audit-entries.ts'
import { decideLoaded } from './decide-loaded.ts'
import { outboxEntries, publishedRecords } from './entries/outbox-entries.ts'
import { quarantinedEntries } from './entries/quarantined-entries.ts'
import type { CommittedBatch, ReadPosition, RecordContext, RecordResult } from './record-context.ts'
import type { RecordedProgress, RecorderTransaction } from './recorder-store.ts'

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
      return decideAndSave(context, tx, batch, from)
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
  batch: Batch,
  from: From,
): Promise<CommittedBatch> {
  const appliedAtMs = context.timer.nowMs()
  const { decision: decided } = await decideLoaded(tx, batch.arrived, {
    registryOf: context.registryOf,
    nowMs: appliedAtMs,
    walkLimits: context.walkLimits,
  })
  const decision = { ...decided, marks: decided.marks.filter((mark) => isOurs(context, mark)) }
  const published = publishedRecords(decision, context.issuer)
  const last = batch.records[decision.consumed - 1]
  await tx.save({
    decision,
    lastHash: last && last.offset + 1n === decision.nextOffset ? recordsHash([last]) : null,
    receivedAtMs: from.receivedAtMs,
    appliedAtMs,
    outbox: outboxEntries(decision, published, {
      partition: tx.progress.partition,
      records: batch.records,
    }),
    parked: quarantinedEntries(decision.quarantine, batch.records),
    published,
    audit: batchEntries({ partition: tx.progress.partition, appliedAtMs, decision }),
  })
  const { nextOffset, consumed } = decision
  const { receivedAtMs } = from
  return { e: tx.progress.e, nextOffset, records: consumed, receivedAtMs, appliedAtMs, decision }
}

/** The ledger has tokens of our own issuer alone: the denial of another issuer concerns none of them. */
function isOurs({ issuer }: RecordContext, { kind, target }: TokenMark): boolean {
  return kind !== 'issuer' || target === issuer
}
