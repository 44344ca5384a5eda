import type { Change, ClaimValue, SourceVersion } from '@freshet/protocol'

/** The state of one claim or account of a subject in Freshet, as the source itself stated it. */
export interface StatedState {
  readonly iss: string
  readonly sub: string
  /** Absent: the state of the account, in `values`. */
  readonly claim?: string
  readonly values: readonly ClaimValue[]
  readonly version: SourceVersion
}

/** A new epoch of a source in a tenant, and the cursor of the last heartbeat that was accepted with one. */
export interface BegunEpoch {
  readonly epoch: bigint
  readonly cursor?: string
}

/** A heartbeat of the connection. */
export interface ConnectionHeartbeat {
  readonly throughMs: number
  /**
   * The time of sending, by the clock of this process. It shows a clock that is ahead, which `throughMs` alone hides,
   * because that is earlier by the time that the upstream system needs.
   */
  readonly sentMs: number
  readonly epoch: bigint
  readonly cursor: string
}

/**
 * The gateway, as the engine uses it for one source in one tenant.
 *
 * @throws `event.superseded` from every method but `beginEpoch`, once another process has begun a newer epoch
 */
export interface FreshetPort {
  /** Begins a new epoch. Changes and heartbeats of older epochs are refused from then on. */
  beginEpoch(signal: AbortSignal): Promise<BegunEpoch>
  /** Resolves when every change was answered 202. It repeats until then, or until the signal aborts. */
  send(changes: readonly Change[], signal: AbortSignal): Promise<void>
  heartbeat(heartbeat: ConnectionHeartbeat, signal: AbortSignal): Promise<void>
  /** Gives everything that the source stated in the tenant and that was accepted before the call. */
  states(signal: AbortSignal): AsyncIterable<StatedState>
  /** Returns the `through` of the last heartbeat that was recorded, in milliseconds; `undefined`: none was. */
  throughMs(signal: AbortSignal): Promise<number | undefined>
}
