import { dispositionOf } from '@freshet/protocol'
import { QueueFloor, type AuditStream, type SigningKey, type Timer } from '@freshet/wire'
import { AUDIT_KEPT_MS } from './retention.ts'
import { SEAL_ENTRIES_MAX, sealOnce } from './seal.ts'
import type { SealStore } from './seal-store.ts'

/** Pause when nothing waits, or another process seals. */
export const SEAL_IDLE_MS = 1_000
/** Pause after a failure. */
export const SEAL_TROUBLE_MS = 2_000
/** Between two looks for what is old. */
export const AUDIT_PRUNE_EVERY_MS = 60_000
/** Entries that one transaction prunes. */
export const AUDIT_PRUNE_MAX = 5_000

/** The parts that sealing needs. */
export interface SealingContext {
  readonly store: SealStore
  readonly timer: Timer
  /** The audit key that signs now; keys rotate while the process runs. */
  readonly key: () => SigningKey
  /** Sealing failed, and goes on later. */
  readonly onTrouble: (error: unknown) => void
}

/**
 * Seals a stream until the signal aborts, and prunes it. Any number of processes may do so: one seals at
 * a time. Entries wait, durably, while none does.
 *
 * @throws whatever is of disposition `crash`
 */
export async function runSealing(
  context: SealingContext,
  stream: AuditStream,
  signal: AbortSignal,
): Promise<void> {
  const { timer, onTrouble } = context
  let pruneAtMs = timer.monotonicMs()
  const floor = new QueueFloor(timer)
  while (!signal.aborted) {
    const isPruning = timer.monotonicMs() >= pruneAtMs
    const waitMs = await turn(context, { stream, floor, isPruning }).then(
      (done) => {
        if (done.pruned < AUDIT_PRUNE_MAX && timer.monotonicMs() >= pruneAtMs)
          pruneAtMs = timer.monotonicMs() + AUDIT_PRUNE_EVERY_MS
        return done.sealed === SEAL_ENTRIES_MAX ? 0 : SEAL_IDLE_MS
      },
      (error: unknown) => {
        if (dispositionOf(error) === 'crash') throw error
        onTrouble(error)
        return SEAL_TROUBLE_MS
      },
    )
    await timer.sleep(waitMs, signal)
  }
}

interface Turn {
  readonly stream: AuditStream
  readonly floor: QueueFloor
  readonly isPruning: boolean
}

async function turn(
  { store, timer, key }: SealingContext,
  { stream, floor, isPruning }: Turn,
): Promise<{ readonly sealed: number | undefined; readonly pruned: number }> {
  const nowMs = timer.nowMs()
  const sealed = await sealOnce(store, stream, { nowMs, key: key(), floor })
  if (!isPruning) return { sealed, pruned: 0 }
  const pruned = await store.prune(stream, nowMs - AUDIT_KEPT_MS[stream], AUDIT_PRUNE_MAX)
  return { sealed, pruned }
}
