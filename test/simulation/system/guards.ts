import type { JudgeDependencies, MintOrder, MintStore } from '@freshet/authority'
import type { ClaimMap, Clock, Registry, Subject } from '@freshet/domain'
import type { LogReader, LogWriter } from '@freshet/events'
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
 * Where a control takes a guard away: by standing between the product's code and something that it
 * is given. The product has no switch for any of this. Each member gets what the product would get
 * and answers with what it shall get instead; without a member nothing stands in between.
 */
export interface Guards {
  stamps?(store: StampStore): StampStore
  mints?(store: MintStore): MintStore
  recorder?(store: RecorderStore, database: MemoryDatabase): RecorderStore
  /** By what policy the recorder decides. */
  registry?(registry: Registry): Registry
  /** What is parked, as operators find it; and by what it is replayed. */
  quarantine?(store: QuarantineStore, database: MemoryDatabase): QuarantineStore
  replays?(parts: ReplayParts): ReplayParts
  publisher?(store: PublisherStore, clock: Clock): PublisherStore
  publisherLog?(ends: LogEnds): LogEnds
  /** What an edge follows the revocation topic by. */
  edgeReader?(reader: LogReader): LogReader
  /** How long reconcilers keep what judges tokens, and what removes it (rule 25). */
  readonly keepMs?: number
  pruner?(store: PruneStore): PruneStore
  incarnation?(parts: IncarnationParts): IncarnationParts
  /** What the authority judges a token by that it is shown. */
  judging?(deps: JudgeDependencies, database: MemoryDatabase): JudgeDependencies
  /** Whom a token is made for: its subject, then its actors. */
  parties?(parties: readonly [Subject, ...Subject[]]): readonly [Subject, ...Subject[]]
  /** What is minted for a token that was handed on. */
  exchanges?(order: MintOrder): MintOrder
  /** The claim map that is published, and with it the leases that edges hold sources to. */
  claimMap?(map: ClaimMap): ClaimMap
  /** When a revoked token ends, as its denial states it. */
  denialEndMs?(expMs: number): number
  /** What a source says of what it has committed and not been answered (rule 37). */
  readonly sourceSays?: 'all is told'
}

/** Every guard stands. */
export const PRODUCT: Guards = {}
