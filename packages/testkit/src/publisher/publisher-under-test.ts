import type { DenialKind, HeldGrant } from '@freshet/protocol'
import type { OutgoingRecord } from '@freshet/wire'
import type { Feed } from '@freshet/intake'
import type { PublisherStore } from '@freshet/reconciler'

/** A denial that was published and left the outbox, with its record. */
export interface PlantedDenial {
  readonly kind: DenialKind
  readonly id: string
  readonly record: OutgoingRecord
  /** The time since its last recording, by the clock of the store. */
  readonly ageMs: number
  /** The time until its token ends; absent if it is not known. */
  readonly endsInMs?: number
}

/** A store under test, and what others write into the same database. */
export interface PublisherUnderTest {
  readonly store: PublisherStore
  /** The same where T_max and its margin are `keptMs`. */
  keeping(keptMs: number): PublisherStore
  addDenial(denial: PlantedDenial): Promise<void>
  /** Lets the partition's owner look as if it had not renewed for a while. */
  expireOwnership(partition: number): Promise<void>
  /** Puts a row for the revocation topic into the outbox, with the logged change it publishes. */
  addRow(partition: number, record: OutgoingRecord, change: string): Promise<void>
  /** Watermarks whose revocations were published and left the outbox; the record names each. */
  addWatermarks(partition: number, records: readonly OutgoingRecord[]): Promise<void>
  /** Most rows of a step of what is alive. */
  readonly stepRows: number
  addFeed(partition: number, feed: Feed, throughMs: number | null): Promise<void>
  /** Stores these grants in the partition's progress. */
  open(partition: number, grants: readonly HeldGrant[]): Promise<void>
  /** Goes on to another policy version; {@link UNLOADED} is of none that the process has loaded. */
  activate(partition: number, pv: number, hash: string): Promise<void>
  /** Keeps what the publisher and the outbox hold. The function that is returned restores it, ids to come included. */
  backup(): Promise<() => Promise<void>>
  /** Publish time and offset of a logged change. */
  publishedAt(change: string): Promise<{ atMs: number | null; offset: bigint | null }>
}

/** Hash of a policy version whose claim map the store is not given. */
export const UNLOADED = 'elsewhere'
