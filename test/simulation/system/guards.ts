import type { JudgeDependencies, MintOrder, MintStore } from '@freshet/authority'
import type { ClaimMap, Clock, Registry, Subject } from '@freshet/protocol'
import type { LogReader, LogWriter } from '@freshet/wire'
import type { StampStore } from '@freshet/intake'
import type { MemoryDatabase } from '@freshet/memory'
import type {
  IncarnationParts,
  PruneStore,
  PublisherStore,
  QuarantineStore,
  RecorderStore,
  ReplayParts,
} from '@freshet/reconciler'

/** A process's two ends of the log. */
export interface LogEnds {
  readonly reader: LogReader
  readonly writer: LogWriter
}

/**
 * The places at which a control removes a guard: it wraps a part that the product's code is given. The
 * product has no switch for any of this. Each member receives the product's part and returns the replacement;
 * without a member nothing is replaced.
 */
export interface Guards {
  /** The store in which a gateway numbers events, with its database and its end of the log. */
  stamps?(
    store: StampStore,
    beside: { readonly database: MemoryDatabase; readonly writer: LogWriter },
  ): StampStore
  mints?(store: MintStore): MintStore
  recorder?(store: RecorderStore, database: MemoryDatabase): RecorderStore
  /** The policy by which the recorder decides. */
  registry?(registry: Registry): Registry
  /** The store of quarantined records that operators read; the next member has the parts of a replay. */
  quarantine?(store: QuarantineStore, database: MemoryDatabase): QuarantineStore
  replays?(parts: ReplayParts): ReplayParts
  publisher?(store: PublisherStore, clock: Clock): PublisherStore
  publisherLog?(ends: LogEnds): LogEnds
  /** The reader by which the recorder follows the change topic. */
  changeReader?(reader: LogReader): LogReader
  /** False: the floor of the outbox stays if ids begin again. */
  readonly floors?: boolean
  /** The minimum of an activation, which the product's plan demands. */
  minimum?(minimum: number): number
  /** The reader by which an edge follows the revocation topic. */
  edgeReader?(reader: LogReader): LogReader
  /** The time for which reconcilers keep watermarks and denials; the next member removes them (rule 25). */
  readonly keepMs?: number
  pruner?(store: PruneStore): PruneStore
  incarnation?(parts: IncarnationParts): IncarnationParts
  /** The dependencies by which the authority judges a presented token. */
  judging?(deps: JudgeDependencies, database: MemoryDatabase): JudgeDependencies
  /** The parties of a token: its subject, then its actors. */
  parties?(parties: readonly [Subject, ...Subject[]]): readonly [Subject, ...Subject[]]
  /** The order of a mint for a token that was handed on. */
  exchanges?(order: MintOrder): MintOrder
  /** The claim map that is published, and with it the leases by which edges judge sources. */
  claimMap?(map: ClaimMap): ClaimMap
  /** The end of a revoked token in its denial. */
  denialEndMs?(expMs: number): number
  /** The events without an answer that a source covers by its heartbeat (rule 37). */
  readonly heartbeatCovers?: 'all is told' | 'later than its clock'
}

/** Every guard is in place. */
export const PRODUCT: Guards = {}
