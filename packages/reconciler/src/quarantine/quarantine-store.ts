import type { ErrorCode } from '@freshet/domain'
import type { ParkedState, SentEvidence, SentPlace } from '@freshet/domain/quarantine'
import type { RecorderTransaction } from '../record/recorder-store.ts'

/** A place of the change topic. */
export interface ParkedPlace {
  readonly e: bigint
  readonly offset: bigint
  /** Broker's time. */
  readonly atMs: number
}

/** A parked record and what was done with it. */
export interface Parked {
  readonly id: string
  readonly topic: string
  readonly partition: number
  readonly first: ParkedPlace
  readonly last: ParkedPlace
  readonly arrivals: number
  readonly code: ErrorCode
  readonly rule: string
  /** Null where nothing proves whose it is, or its tenant cannot be read. */
  readonly tenant: string | null
  /** The source that sent it; of an unproven one what it says itself, null where it says nothing. */
  readonly source: string | null
  /** Id of the change, where its sender is proven. */
  readonly change: string | null
  readonly bytes: number
  /** Where its bytes stand in the quarantine topic; null until they were acknowledged there. */
  readonly stands: { readonly partition: number; readonly offset: bigint } | null
  readonly state: ParkedState
  /** How often it was sent again. */
  readonly replays: number
  /** Where the latest replay was appended; null before that is known. */
  readonly sent: SentPlace | null
  /** What became of the latest replay. */
  readonly outcome: string | null
  /** Who did the latest, when and why. */
  readonly decided: {
    readonly by: string
    readonly atMs: number
    readonly reason: string | null
  } | null
}

/** Which parked records are meant; what is left out does not narrow. */
export interface ParkedFilter {
  readonly states?: readonly ParkedState[]
  readonly source?: string
  readonly tenant?: string
  /** An error code. */
  readonly reason?: string
  readonly topic?: string
  /** First found before, by the broker's clock. */
  readonly beforeMs?: number
}

/** A place in the list of parked records, which is ordered by when each was first found. */
export interface ParkedCursor {
  readonly firstAtMs: number
  readonly id: string
}

/** How many records are parked for a reason. */
export interface ParkedCount {
  readonly topic: string
  readonly reason: string
  readonly state: ParkedState
  readonly records: number
  readonly oldestAtMs: number
}

/** What stands because of a parked record. */
export interface ParkedEffects {
  /** Claims of subjects that it put in doubt. */
  readonly doubts: readonly {
    readonly subject: string
    readonly claim: string
    readonly settled: boolean
    readonly e: bigint
    readonly offset: bigint
  }[]
  /** Tenants in which its source is not believed in its partition until a full statement. */
  readonly halted: readonly string[]
}

/** The states in which a record waits for somebody. */
export const WAITING: readonly ParkedState[] = ['open', 'replaying']

/** Most doubts of one record that are listed. */
export const DOUBTS_SHOWN_MAX = 100

/** Who does something with a parked record, when and why. */
export interface ParkedDecision {
  readonly by: string
  readonly reason: string | null
  readonly atMs: number
}

/** How the latest replay of a record ended: what it is from now on. */
export interface ParkedEnd {
  /** The number of replays that was seen: another one since then makes this one void. */
  readonly replays: number
  readonly state: 'open' | 'replayed'
  readonly outcome: string
  readonly decision: ParkedDecision
}

/**
 * Parked records and what was done with them. The recorder adds them in its own transaction, so none
 * is missing; only operators change how one stands, and the audit has it in the same transaction.
 *
 * @throws `database.*`
 */
export interface QuarantineStore {
  /** Oldest first. */
  list(filter: ParkedFilter, limit: number, after?: ParkedCursor): Promise<readonly Parked[]>
  /** How many of them there are for each reason, by state. */
  counts(filter: ParkedFilter): Promise<readonly ParkedCount[]>
  find(id: string): Promise<Parked | undefined>
  /** With at most so many doubts. */
  effects(parked: Parked, doubtsMax: number): Promise<ParkedEffects>
  /**
   * Counts a replay that begins; `false` where the record was replayed, dropped or begun meanwhile
   * (`replays` is the number that was seen).
   */
  begin(id: string, replays: number, decision: ParkedDecision): Promise<boolean>
  /** Notes where that replay was appended. */
  sent(id: string, replays: number, place: SentPlace): Promise<void>
  /** What was recorded where a replay was appended; `undefined` where it is not known where. */
  evidence(id: string): Promise<SentEvidence | undefined>
  /** Ends a replay; `false` where the record stands otherwise by now. */
  end(id: string, end: ParkedEnd): Promise<boolean>
  /** Gives a record up; `false` where it was replayed or dropped before. */
  drop(id: string, decision: ParkedDecision): Promise<boolean>
}

/** Reads, without a lock and in one snapshot, what the recorder would decide over. */
export interface RehearsalStore {
  inSnapshot<T>(
    partition: number,
    work: (tx: Pick<RecorderTransaction, 'progress' | 'load' | 'walk'>) => Promise<T>,
  ): Promise<T>
}
