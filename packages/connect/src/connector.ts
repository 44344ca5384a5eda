/** JSON that an upstream system gives; the mapping of the registry reads it. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [member: string]: Json }

/** The state of one subject in the upstream system. */
export interface Row {
  /** The name of the subject in the upstream system, as an id of a user. Each subject has one. */
  readonly key: string
  readonly attributes: Json
  /** True if the account is enabled. Absent: the upstream system has no such state. */
  readonly enabled?: boolean
}

/** One event of an upstream system. It can be late, repeated, reordered or lost, because no event is trusted. */
export type Hint =
  /** The subject can have changed: the engine reads it. */
  | { readonly kind: 'touched'; readonly key: string; readonly committedMs?: number }
  /** Any subject can have changed, or events were lost: the engine compares all of them. */
  | { readonly kind: 'touched-all'; readonly why: string }
  /** The state itself; for a connector without {@link Connector.read}. */
  | ({ readonly kind: 'row'; readonly row: Row } & HintedState)
  /** The subject is gone; for a connector without {@link Connector.read}. Its last state has its name. */
  | ({ readonly kind: 'gone'; readonly key: string; readonly last?: Row } & HintedState)
  | Drained

/** The members that all hints with a state have. */
export interface HintedState {
  readonly committedMs?: number
  /** Called when Freshet has answered 202 to the state, or has it already. A later state of the subject replaces it. */
  readonly onAccepted?: () => void
}

/**
 * Everything that was visible in the upstream system at `startedMs` has been given. The next `hints` can begin at
 * `cursor`, at most {@link CURSOR_BYTES_MAX} bytes.
 */
export interface Drained {
  readonly kind: 'drained'
  readonly cursor: string
  /** The time before the read that came to the end, by the monotonic clock of this process. */
  readonly startedMs: number
}

/** The longest cursor, in bytes of UTF-8. */
export const CURSOR_BYTES_MAX = 1_024

/**
 * One kind of upstream system, seen by the engine. A connector knows its protocol and nothing else: no claims, no
 * versions, no repeats towards Freshet. Each method ends early when the signal aborts.
 *
 * @throws `connect.unavailable` if the upstream system does not answer as expected, and the engine tries again;
 *   `connect.refused` if it refuses the credentials or the request
 */
export interface Connector {
  /** `upstream`: a drained read vouches for the upstream system. `door`: it vouches for what was delivered here. */
  readonly covers: 'upstream' | 'door'
  /**
   * Gives what can have changed since the cursor, without an end. With a cursor that the upstream system no longer
   * knows, it begins with `touched-all`. Without a cursor, the engine compares all subjects by itself. Absent: the
   * upstream system has no events, and only comparing finds changes.
   */
  hints?(cursor: string | undefined, signal: AbortSignal): AsyncIterable<Hint>
  /** Returns the present state of one subject, or `undefined` if it is gone. Absent: hints have the state. */
  read?(key: string, signal: AbortSignal): Promise<Row | undefined>
  /**
   * Gives every subject once, in any order. It returns only after a proven end: a list that is cut off, or that
   * has fewer rows than the upstream system counts, throws `connect.unavailable`. Absent: nothing is compared.
   */
  list?(signal: AbortSignal): AsyncIterable<Row>
  /** Names what the upstream system never announces, one sentence each. An empty list: it announces everything. */
  check?(signal: AbortSignal): Promise<readonly string[]>
}
