import type { SampleOrigin } from '@freshet/protocol/slo'
import { isProbeChange, type LoggedChange } from '../changes/logged-change.ts'

export { measuredClass as classOf, type SampleOrigin } from '@freshet/protocol/slo'

/** A change as it was recorded, and whether it stood where a replay of the quarantine was sent. */
export interface RecordedChange extends LoggedChange {
  readonly isReplayed: boolean
}

/** A change that is not complete yet. */
export interface OpenChange extends RecordedChange {
  readonly origin: SampleOrigin
  /** See `classOf`. */
  readonly measuredClass: string | null
}

/** Why a change came. `isStated`: a full statement of its source was open in its partition. */
export function originOf(change: RecordedChange, isStated: boolean): SampleOrigin {
  if (isProbeChange(change)) return 'probe'
  if (change.isReplayed) return 'replay'
  const isOfStatement = change.kind === 'snapshot-end' || (isStated && change.op === 'set')
  return isOfStatement ? 'backfill' : 'live'
}

/**
 * Which sources have a full statement open in a partition, kept up while its changes are read in order.
 * At most one per tenant and source.
 */
export class OpenStatements {
  readonly #open: Set<string>

  constructor(open: readonly string[]) {
    this.#open = new Set(open)
  }

  /** Returns whether a snapshot is open behind this change. A statement whose end is held is still open. */
  see({ tenant, source, kind, outcome }: LoggedChange): boolean {
    const key = JSON.stringify([tenant, source])
    const wasOpen = this.#open.has(key)
    if (kind === 'snapshot-begin' && outcome !== 'late') this.#open.add(key)
    if (kind === 'snapshot-end' && outcome === 'applied') this.#open.delete(key)
    return wasOpen
  }

  /** The keys to continue from. */
  get keys(): readonly string[] {
    return [...this.#open]
  }
}
