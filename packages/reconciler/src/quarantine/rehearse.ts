import { FreshetError } from '@freshet/protocol'
import { rehearsalOf, type Rehearsal } from '@freshet/protocol/quarantine'
import { CHANGES_TOPIC, type OutgoingRecord } from '@freshet/wire'
import { decideLoaded } from '../record/decide-loaded.ts'
import type { RecordContext } from '../record/record-transaction.ts'
import type { RehearsalStore } from './quarantine-store.ts'

/** A policy version by its number and the hash of its text. */
interface ActiveVersion {
  readonly pv: number
  readonly hash: string
}

/** The dependencies of rehearsing: the same functions that record. */
export interface RehearsalParts extends Pick<
  RecordContext,
  'authenticate' | 'registryOf' | 'timer'
> {
  readonly rehearsals: RehearsalStore
  /**
   * Loads the policy version in force, which this process does not hold yet. If it is absent, another part of
   * the process must load the version.
   *
   * @throws `registry.not-loaded`, `database.*`
   */
  readonly loadVersion?: (version: ActiveVersion) => Promise<unknown>
}

/** The decision for a record at present, and the incarnation for which it holds. */
export interface Rehearsed {
  readonly rehearsal: Rehearsal
  readonly e: bigint
}

/**
 * Decides a record as if it arrived next in a partition, by the policy in force there, and writes nothing. It
 * takes no lock, so recording never waits for a rehearsal. A version that was activated a moment ago is loaded
 * first.
 *
 * @throws `registry.not-loaded` if this process cannot have that policy version, `database.*`
 */
export async function rehearse(
  parts: RehearsalParts,
  record: OutgoingRecord,
  partition: number,
): Promise<Rehearsed> {
  const first = await tryRehearsal(parts, record, partition)
  if (!('needs' in first)) return first
  await parts.loadVersion?.(first.needs)
  const second = await tryRehearsal(parts, record, partition)
  if (!('needs' in second)) return second
  const message = `Policy version ${second.needs.pv} is active but not loaded in this process.`
  throw new FreshetError('registry.not-loaded', message)
}

/** Returns the decision, or the version that it needs and this process does not hold. */
async function tryRehearsal(
  parts: RehearsalParts,
  record: OutgoingRecord,
  partition: number,
): Promise<Rehearsed | { readonly needs: ActiveVersion }> {
  return parts.rehearsals.inSnapshot(partition, async (tx) => {
    const { policy, e, nextOffset } = tx.progress
    const { pv, hash } = policy
    if (hash !== null && parts.registryOf(pv, hash) === undefined) return { needs: { pv, hash } }
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
