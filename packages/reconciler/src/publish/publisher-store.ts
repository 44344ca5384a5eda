import type { CheckpointRef, PublisherSnapshot } from '@freshet/protocol'
import type { OutgoingRecord, PermanentName } from '@freshet/wire'

/** A record to publish. */
export interface PublishableRow {
  /** Outbox id; `null` for a live row or a permanent one that is published again. */
  readonly id: bigint | null
  readonly record: OutgoingRecord
  /** Set for records without expiry, so that the place of their publication is stored. */
  readonly permanent: PermanentName | null
}

/** The part of a snapshot that a new root depends on. */
export type RootStatus = Pick<
  PublisherSnapshot<PublishableRow>,
  'partition' | 'e' | 'generation' | 'head' | 'next'
>

/** The live rows of a partition in one snapshot. */
export interface LiveRows {
  readonly status: RootStatus
  /**
   * The claim map, the denials and the watermarks that judge living tokens, without the rows that wait in the
   * outbox. A step has a bounded number of rows and bytes and is read when the step before it is used.
   */
  readonly steps: AsyncIterable<readonly PublishableRow[]>
}

/** The place of a published row. */
export interface PublishedRow {
  readonly row: PublishableRow
  readonly offset: bigint
  readonly appendedAtMs: number
}

/** The new state of a partition's head after everything was acknowledged. */
export interface StoreHead {
  readonly partition: number
  readonly generation: bigint
  /** Hash of the stored head that the batches were linked to; `null` if there was none. */
  readonly linked: string | null
  readonly head: CheckpointRef
  /** Name of the key that signed the head, and every checkpoint between it and the linked one. */
  readonly kid: string
  /** True if `head` starts a new tree; base becomes its root then. */
  readonly base: CheckpointRef
  readonly isAnew: boolean
  readonly published: readonly PublishedRow[]
}

/** The publisher's stored state, beside the outbox that the recorder fills. */
export interface PublisherStore {
  /**
   * Takes a partition without an owner, or whose owner has not renewed for `OWNERSHIP_MS`. Resolves with the
   * new generation, or `undefined` while another owns it.
   */
  take(partition: number, owner: string): Promise<bigint | undefined>
  /** Extends the ownership; `false` if the generation is no longer ours. */
  renew(partition: number, generation: bigint): Promise<boolean>
  /** Gives the partition up at once, so that another publisher need not wait. */
  release(partition: number, generation: bigint): Promise<void>
  /** Partitions of the revocation topic in which rows wait for their publication, in no order. */
  waiting(): Promise<readonly number[]>
  /**
   * Reads everything that a publication depends on, in ONE snapshot (rules 29 and 41). Without `through`,
   * which is a row for each feed, the publication has no heartbeat. Default: with it. With `isQuiet` no row
   * is known to wait in the partition. Its snapshot can then be shared with those of all quiet partitions,
   * control or not. Default: not.
   */
  snapshot(
    partition: number,
    reads?: { readonly through: boolean; readonly isQuiet?: boolean },
  ): Promise<PublisherSnapshot<PublishableRow>>
  /**
   * Reads all live rows in ONE snapshot, for a new root (rule 49). It ends the snapshot when `use` resolves
   * or rejects, with the same outcome.
   */
  readLive<T>(partition: number, use: (live: LiveRows) => Promise<T>): Promise<T>
  /**
   * Removes the rows from the outbox, records their publication, stores the head and base, and extends the
   * ownership, in one transaction. It is conditional on the generation *and* the linked head (rule 42);
   * `false` changes nothing.
   */
  store(head: StoreHead): Promise<boolean>
}

/** The floors from which the outbox is read. */
export interface FloorStore {
  /**
   * Sets the floor of a partition back before the rows that it hides, which are published then. Resolves with their
   * number, which it records. It reads every row below the floor, removed ones included, as long as an open snapshot
   * keeps them.
   */
  revealRows(partition: number): Promise<number>
}

/** Rows of other topics than the revocations', such as the quarantine's. */
export interface ForwardStore {
  /** Resolves with true if any topic has a row with a higher id than the one beside it. It takes no lock. */
  waits(behind: ReadonlyMap<string, bigint>): Promise<boolean>
  /** Returns up to `limit` rows with a higher id than `after`, in the order of their ids. */
  pending(topic: string, after: bigint, limit: number): Promise<readonly ForwardRow[]>
  /** Removes rows that the broker acknowledged, and records the places of quarantined records. Idempotent. */
  remove(forwarded: readonly ForwardedRow[]): Promise<void>
}

/** A row that was acknowledged, and its place. */
export interface ForwardedRow {
  readonly row: ForwardRow
  readonly offset: bigint
}

/** A row of another topic. */
export interface ForwardRow {
  readonly id: bigint
  readonly partition: number
  readonly record: OutgoingRecord
}
