import { FreshetError } from '@freshet/protocol'
import { rehearsalOf, type Rehearsal } from '@freshet/protocol/quarantine'
import { CHANGES_TOPIC, type OutgoingRecord } from '@freshet/wire'
import { decideLoaded } from '../record/decide-loaded.ts'
import type { RecordContext } from '../record/record-context.ts'
import type { RehearsalStore } from './quarantine-store.ts'

/** The dependencies of rehearsing: the same functions that record. */
export interface RehearsalParts extends Pick<
  RecordContext,
  'authenticate' | 'registryOf' | 'timer'
> {
  readonly rehearsals: RehearsalStore
}

/** The decision for a record at present, and the incarnation for which it holds. */
export interface Rehearsed {
  readonly rehearsal: Rehearsal
  readonly e: bigint
}

/**
 * Decides a record as if it arrived next in a partition, by the policy in force there, and writes nothing. It
 * takes no lock, so recording never waits for a rehearsal.
 *
 * @throws `registry.not-loaded` if this process lacks that policy version, `database.*`
 */
export async function rehearse(
  parts: RehearsalParts,
  record: OutgoingRecord,
  partition: number,
): Promise<Rehearsed> {
  return parts.rehearsals.inSnapshot(partition, async (tx) => {
    const { policy, e, nextOffset } = tx.progress
    if (policy.hash !== null && parts.registryOf(policy.pv, policy.hash) === undefined) {
      const message = `Policy version ${policy.pv} is active but not loaded in this process.`
      throw new FreshetError('registry.not-loaded', message)
    }
    const nowMs = parts.timer.nowMs()
    const at = { offset: nextOffset, appendedAtMs: nowMs }
    const arrival = await parts.authenticate(
      { ...record, ...at, topic: CHANGES_TOPIC, partition },
      policy,
    )
    const arrived = { ...at, arrival }
    const context = { registryOf: parts.registryOf, nowMs }
    const { state, decision } = await decideLoaded(tx, [arrived], context)
    return { rehearsal: rehearsalOf(arrived, state, decision), e }
  })
}
