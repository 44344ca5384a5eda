import type { ErrorCode } from '@freshet/protocol'
import type { QuarantinedState, SentEvidence, SentPlace } from '@freshet/protocol/quarantine'
import type { RecorderTransaction } from '../record/recorder-store.ts'

/** A place of the change topic. */
export interface QuarantinedPlace {
  readonly e: bigint
  readonly offset: bigint
  /** Time by the broker's clock. */
  readonly atMs: number
}

/** A quarantined record and the actions on it. */
export interface QuarantinedRecord {
  readonly id: string
  readonly topic: string
  readonly partition: number
  readonly first: QuarantinedPlace
  readonly last: QuarantinedPlace
  readonly arrivals: number
  readonly code: ErrorCode
  readonly rule: string
  /** Null if nothing proves its tenant, or the tenant cannot be read. */
  readonly tenant: string | null
  /**
   * The source that sent it. For an unproven record it is the source that the record names, and null if it
   * names none.
   */
  readonly source: string | null
  /** Id of the change, if its sender is proven. */
  readonly change: string | null
  readonly bytes: number
  /** The place of its bytes in the quarantine topic; null until they were acknowledged there. */
  readonly stands: { readonly partition: number; readonly offset: bigint } | null
  readonly state: QuarantinedState
  /** The number of its replays. */
  readonly replays: number
  /** The place of the latest replay; null before that is known. */
  readonly sent: SentPlace | null
  /** The outcome of the latest replay. */
  readonly outcome: string | null
  /** The latest action on it: who, when and why. */
  readonly decided: {
    readonly by: string
    readonly atMs: number
    readonly reason: string | null
  } | null
}

/** Selects quarantined records; an absent member does not narrow. */
export interface QuarantinedFilter {
  readonly states?: readonly QuarantinedState[]
  readonly source?: string
  readonly tenant?: string
  /** An error code. */
  readonly reason?: string
  readonly topic?: string
  /** First found before this time, by the broker's clock. */
  readonly beforeMs?: number
}

/** A place in the list of quarantined records, which is ordered by the time at which each was first found. */
export interface QuarantinedCursor {
  readonly firstAtMs: number
  readonly id: string
}

/** The number of quarantined records of one reason. */
export interface QuarantinedCount {
  readonly topic: string
  readonly reason: string
  readonly state: QuarantinedState
  readonly records: number
  readonly oldestAtMs: number
}

/** The effects of a quarantined record. */
export interface QuarantinedEffects {
  /** Claims of subjects that it put in doubt. */
  readonly doubts: readonly {
    readonly subject: string
    readonly claim: string
    readonly settled: boolean
    readonly e: bigint
    readonly offset: bigint
  }[]
  /** Tenants in which its source is halted in its partition until a snapshot. */
  readonly halted: readonly string[]
}

/** The states in which a record waits for an operator. */
export const WAITING: readonly QuarantinedState[] = ['open', 'replaying']

/** Most doubts of one record that are listed. */
export const DOUBTS_SHOWN_MAX = 100

/** An action on a quarantined record: who, when and why. */
export interface QuarantinedDecision {
  readonly by: string
  readonly reason: string | null
  readonly atMs: number
}

/** The end of a record's latest replay: its state from now on. */
export interface QuarantinedEnd {
  /** The number of replays that the caller saw: another one since then makes this one void. */
  readonly replays: number
  readonly state: 'open' | 'replayed'
  readonly outcome: string
  readonly decision: QuarantinedDecision
}

/**
 * Quarantined records and the actions on them. The recorder adds them in its own transaction, so none is
 * missing. Only operators change their state, and the audit entry is in the same transaction.
 *
 * @throws `database.*`
 */
export interface QuarantineStore {
  /** Returns the records, oldest first. */
  list(
    filter: QuarantinedFilter,
    limit: number,
    after?: QuarantinedCursor,
  ): Promise<readonly QuarantinedRecord[]>
  /** Returns the number of records for each reason, by state. */
  counts(filter: QuarantinedFilter): Promise<readonly QuarantinedCount[]>
  find(id: string): Promise<QuarantinedRecord | undefined>
  /** Returns the number of claims of subjects in doubt, at most `max`. It reads every doubt that is kept. */
  openDoubts(max: number): Promise<number>
  /** Returns the effects of a record, with at most so many doubts. */
  effects(quarantined: QuarantinedRecord, doubtsMax: number): Promise<QuarantinedEffects>
  /**
   * Counts a replay that begins. Resolves with `false` if the record was replayed, dropped or begun meanwhile
   * (`replays` is the number that the caller saw).
   */
  begin(id: string, replays: number, decision: QuarantinedDecision): Promise<boolean>
  /** Records the place of that replay. */
  sent(id: string, replays: number, place: SentPlace): Promise<void>
  /** Returns what was recorded at the place of a replay; `undefined` if the place is not known. */
  evidence(id: string): Promise<SentEvidence | undefined>
  /** Ends a replay; `false` if the record has another state by now. */
  end(id: string, end: QuarantinedEnd): Promise<boolean>
  /** Drops a record; `false` if it was replayed or dropped before. */
  drop(id: string, decision: QuarantinedDecision): Promise<boolean>
}

/** Reads the stored state over which the recorder would decide, without a lock and in one snapshot. */
export interface RehearsalStore {
  inSnapshot<T>(
    partition: number,
    work: (tx: Pick<RecorderTransaction, 'progress' | 'load' | 'walk'>) => Promise<T>,
  ): Promise<T>
}
