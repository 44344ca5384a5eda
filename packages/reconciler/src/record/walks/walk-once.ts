import { batchEntries } from '../entries/audit-entries.ts'
import { decideNextWalk, WALK_LIMITS } from '../decide-loaded.ts'
import { outboxEntries, publishedRecords } from '../entries/outbox-entries.ts'
import type { CommittedBatch, RecordContext } from '../record-context.ts'
import type { RecorderTransaction } from '../recorder-store.ts'

/**
 * Takes one step of the walk at the end of a snapshot in a partition, in a transaction of its own. Returns
 * whether there was one to take.
 *
 * @throws `database.*`; the cursor is stored with the changes of the step, so the next one continues from
 * there
 */
export async function walkOnce(context: RecordContext, partition: number): Promise<boolean> {
  const step = (): Promise<CommittedBatch | undefined> =>
    context.store.inPartition(partition, (tx) => decideAndSave(context, tx))
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

async function decideAndSave(
  context: RecordContext,
  tx: RecorderTransaction,
): Promise<CommittedBatch | undefined> {
  const appliedAtMs = context.timer.nowMs()
  const { registryOf, walkLimits } = context
  const decision = await decideNextWalk(tx, { registryOf, walkLimits, nowMs: appliedAtMs })
  if (decision === undefined) return undefined
  const { partition, e, nextOffset } = tx.progress
  const published = publishedRecords(decision, context.issuer)
  await tx.save({
    decision,
    lastHash: null,
    receivedAtMs: appliedAtMs,
    appliedAtMs,
    outbox: outboxEntries(decision, published, { partition, records: [] }),
    parked: [],
    published,
    audit: batchEntries({ partition, appliedAtMs, decision }),
  })
  return { e, nextOffset, records: 0, receivedAtMs: appliedAtMs, appliedAtMs, decision }
}
