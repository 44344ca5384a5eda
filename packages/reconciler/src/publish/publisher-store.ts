import type { CheckpointRef, PublisherSnapshot } from '@freshet/domain'
import type { OutgoingRecord, PermanentName } from '@freshet/events'

/** A record to publish. */
export interface PublishableRow {
  /** Outbox id; `null` for a live row or a permanent one that is published again. */
  readonly id: bigint | null
  readonly record: OutgoingRecord
  /** Set for records without expiry, so that the place of their publication is remembered. */
  readonly permanent: PermanentName | null
}

/** What of a snapshot a new root rests on. */
export type RootStanding = Pick<
  PublisherSnapshot<PublishableRow>,
  'partition' | 'e' | 'generation' | 'head' | 'next'
>

/** What is alive in a partition, as one snapshot holds it. */
export interface LiveRows {
  readonly standing: RootStanding
  /**
   * The claim map, the denials and the watermarks that judge living tokens, without the rows that wait in the
   * outbox. A step has a bounded number of rows and bytes and is read when the one before it is used.
   */
  readonly steps: AsyncIterable<readonly PublishableRow[]>
}

/** Where a row landed. */
export interface PublishedRow {
  readonly row: PublishableRow
  readonly offset: bigint
  readonly appendedAtMs: number
}

/** What becomes of a partition's head once everything was acknowledged. */
export interface StoreHead {
  readonly partition: number
  readonly generation: bigint
  /** Hash of the stored head that the batches were linked to; `null` if there was none. */
  readonly linked: string | null
  readonly head: CheckpointRef
  /** Name of the key that signed the head, and every checkpoint between it and the linked one. */
  readonly kid: string
  /** Whether `head` starts a new tree; base becomes its root then. */
  readonly base: CheckpointRef
  readonly isAnew: boolean
  readonly published: readonly PublishedRow[]
}

/** What the publisher keeps, beside the outbox that the recorder fills. */
export interface PublisherStore {
  /**
   * Takes a partition that nobody owns or whose owner has not renewed for `OWNERSHIP_MS`.
   * Resolves with the new generation, or `undefined` while another owns it.
   */
  take(partition: number, owner: string): Promise<bigint | undefined>
  /** Extends the ownership; `false` when the generation is no longer ours. */
  renew(partition: number, generation: bigint): Promise<boolean>
  /** Gives the partition up at once, so that another need not wait. */
  release(partition: number, generation: bigint): Promise<void>
  /** Partitions of the revocation topic in which rows wait for their publication, in no order. */
  waiting(): Promise<readonly number[]>
  /**
   * Everything that a publication rests on, in ONE snapshot (rules 29 and 41). Without `through`, which is a row
   * for each feed, the publication has no heartbeat. Default: with it. `isQuiet`: nothing is known to wait in the
   * partition, so the snapshot can be one with those of all quiet partitions, control or not. Default: not.
   */
  snapshot(
    partition: number,
    reads?: { readonly through: boolean; readonly isQuiet?: boolean },
  ): Promise<PublisherSnapshot<PublishableRow>>
  /**
   * Reads all that is alive in ONE snapshot, to start anew (rule 49), and ends it when `use` resolves or
   * rejects, with the same outcome.
   */
  readLive<T>(partition: number, use: (live: LiveRows) => Promise<T>): Promise<T>
  /**
   * In one transaction: removes the rows from the outbox, notes their publication, stores the head
   * and base, extends the ownership. Conditional on the generation *and* the linked head (rule 42);
   * `false` changes nothing.
   */
  store(head: StoreHead): Promise<boolean>
}

/** Rows of other topics than the revocations', such as the quarantine's. */
export interface ForwardStore {
  /** Resolves with true if any topic has a row with a higher id than the one beside it. It takes no lock. */
  waits(behind: ReadonlyMap<string, bigint>): Promise<boolean>
  /** Up to `limit` rows with a higher id than `after`, in the order of their ids. */
  pending(topic: string, after: bigint, limit: number): Promise<readonly ForwardRow[]>
  /** Removes rows that the broker acknowledged, and notes where what was parked stands. Idempotent. */
  remove(forwarded: readonly ForwardedRow[]): Promise<void>
}

/** A row that was acknowledged, and where it landed. */
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
