import type { Checkpoint, CheckpointRef, Heartbeat } from './checkpoint.ts'
import { groupThrough, type GroupedThrough, type StatedThrough } from './group-through.ts'
import {
  BATCH_BYTES_MAX,
  GROUP_SPREAD_SHARE,
  FEEDS_STATED_ALONE_MAX,
  HEARTBEAT_INTERVAL_MS,
  LISTS_AGAIN_MS,
  RECORDS_PER_BATCH_MAX,
} from './limits.ts'
import type { PublisherSnapshot, PublisherStatus, StoredHead } from './publish-snapshot.ts'

/** Size of a row as the broker counts it, about. */
export type BytesOf<Row> = (row: Row) => number

function weightless(): number {
  return 0
}

/** Records for one produce request, and the heartbeat that its checkpoint carries, if any. */
export interface PlannedBatch<Row> {
  readonly rows: readonly Row[]
  readonly heartbeat: Heartbeat | null
}

/** The next step of a publisher, decided from its snapshot. */
export type PublishPlan<Row> =
  /** Another publisher owns the partition: send nothing, store nothing (rule 29). */
  | { readonly kind: 'stand-down' }
  /** Nothing to publish before a heartbeat is due. */
  | { readonly kind: 'wait'; readonly forMs: number }
  /** The stored head cannot be continued: send every live row of one snapshot, `planAnew`. */
  | { readonly kind: 'start-anew' }
  /**
   * Send the batches in order; the first links to `head`, each other one to the one before. After the
   * acknowledgement, `afterAcknowledgement` decides whether the last one becomes the head.
   */
  | {
      readonly kind: 'continue'
      readonly head: CheckpointRef
      readonly base: CheckpointRef
      readonly batches: readonly PlannedBatch<Row>[]
      /** The state that the next heartbeat depends on, once the last batch is stored as the head. */
      readonly stated: StatedThrough | null
    }

/** Decides what to send of one partition, from one snapshot. Pure; called again after every store. */
export function planPublication<Row>(
  snapshot: PublisherSnapshot<Row>,
  status: PublisherStatus,
  limits: PublishLimits = PUBLISH_LIMITS,
  bytesOf: BytesOf<Row> = weightless,
): PublishPlan<Row> {
  if (snapshot.generation !== status.generation) return { kind: 'stand-down' }
  const { head } = snapshot
  const isLost = !status.isHeadIntact
  const isDisbelieved = hasUnpublished(snapshot, status)
  if (head === null || snapshot.base === null || isLost || isDisbelieved)
    return { kind: 'start-anew' }
  const rows = [...snapshot.rows, ...permanentsDue(snapshot, status.baseAgeMs)]
  const forMs = limits.heartbeatIntervalMs - status.sinceHeartbeatMs
  const { through } = snapshot
  if (rows.length === 0 && (forMs > 0 || through === null))
    return { kind: 'wait', forMs: Math.max(0, forMs) }
  const base = nextBase(snapshot, status.baseAgeMs) ?? snapshot.base
  const { tokenLifeMaxMs } = status
  const covered = tokenLifeMaxMs === undefined ? {} : { tokenLifeMaxMs }
  const grouping = snapshot.isDrained ? grouped(snapshot, status, limits) : null
  const heartbeat =
    grouping === null ? null : { ...heartbeatOf(snapshot, base, grouping), ...covered }
  const batches = batchesOf(rows, heartbeat, { countMax: limits.batchMax, bytesOf })
  const stated = grouping === null ? (status.grouping?.stated ?? null) : grouping.stated
  return { kind: 'continue', head, base, batches, stated }
}

/**
 * The batches of some live rows behind a new root (rule 49). None carries a heartbeat: the rows that wait are
 * published behind the root, and the next heartbeat behind them (rule 11). The root itself is sent alone,
 * before.
 */
export function planAnew<Row>(
  rows: readonly Row[],
  limits: PublishLimits = PUBLISH_LIMITS,
  bytesOf: BytesOf<Row> = weightless,
): readonly PlannedBatch<Row>[] {
  return rows.length === 0 ? [] : batchesOf(rows, null, { countMax: limits.batchMax, bytesOf })
}

/**
 * Rule 44: what the publisher does once everything is acknowledged and read back.
 *
 * `isPathIntact`: the linked head *and* every batch of this publication but the last stand where
 * they were put. The linked head alone is not enough: a tail lost between two batches takes the
 * first, leaves the head, and keeps every edge down until base passes. The last batch is read
 * back by the next publication, as its linked head.
 */
export function afterAcknowledgement(isPathIntact: boolean): 'store' | 'start-anew' {
  return isPathIntact ? 'store' : 'start-anew'
}

/** The checkpoint that ends a planned batch, ready to be signed. */
export function checkpointOf<Row>(
  snapshot: Pick<PublisherSnapshot<Row>, 'partition' | 'e' | 'generation'>,
  batch: PlannedBatch<Row>,
  link: { readonly previous: string; readonly recordsHash: string },
): Checkpoint {
  const { partition, e, generation } = snapshot
  const bare = { partition, e, generation, ...link, count: batch.rows.length }
  return batch.heartbeat === null ? bare : { ...bare, heartbeat: batch.heartbeat }
}

/** A root: no previous, no records, no heartbeat; the nonce makes its hash its own. */
export function rootCheckpoint(
  snapshot: Pick<PublisherSnapshot<unknown>, 'partition' | 'e' | 'generation'>,
  nonce: string,
  emptyRecordsHash: string,
): Checkpoint {
  const { partition, e, generation } = snapshot
  return {
    partition,
    e,
    generation,
    previous: null,
    nonce,
    count: 0,
    recordsHash: emptyRecordsHash,
  }
}

/**
 * Returns whether a path from the head to base contains a checkpoint that edges do not trust: its key was
 * revoked, or retired before base passed its last checkpoint. They wait for a new root then.
 */
function hasUnpublished<Row>(
  { signers }: PublisherSnapshot<Row>,
  { publishedKeys }: PublisherStatus,
): boolean {
  return [...signers].some((kid) => !publishedKeys.has(kid))
}

function batchesOf<Row>(
  rows: readonly Row[],
  heartbeat: Heartbeat | null,
  { countMax, bytesOf }: { readonly countMax: number; readonly bytesOf: BytesOf<Row> },
): readonly PlannedBatch<Row>[] {
  const batches: Row[][] = [[]]
  let bytes = 0
  for (const row of rows) {
    const current = batches.at(-1) ?? []
    const size = bytesOf(row)
    const isFull = current.length === countMax || bytes + size > BATCH_BYTES_MAX
    if (isFull && current.length > 0) batches.push([row])
    else current.push(row)
    bytes = (isFull ? 0 : bytes) + size
  }
  const lastIndex = batches.length - 1
  return batches.map((some, at) => ({ rows: some, heartbeat: at === lastIndex ? heartbeat : null }))
}

function grouped<Row>(
  { through, leasesMs }: PublisherSnapshot<Row>,
  { grouping }: PublisherStatus,
  { feedsMax, listsAgainMs: againMs }: PublishLimits,
): GroupedThrough | null {
  if (through === null) return null
  if (grouping === undefined) return { through, groups: [], stated: null }
  const { stated, ...terms } = grouping
  const spreadMs = (source: string): number => GROUP_SPREAD_SHARE * (leasesMs.get(source) ?? 0)
  return groupThrough(through, stated, { ...terms, feedsMax, againMs, spreadMs })
}

function heartbeatOf<Row>(
  snapshot: PublisherSnapshot<Row>,
  base: CheckpointRef,
  { through, groups }: GroupedThrough,
): Heartbeat {
  const { minimumPv, mapVersion, mapHash, next, grants = [], foreignSinceMs } = snapshot
  const since = foreignSinceMs === undefined ? {} : { foreignSinceMs }
  const listed = groups.length === 0 ? {} : { groups }
  const heartbeat = { through, ...listed, minimumPv, ...since, mapVersion, mapHash, next, base }
  return grants.length === 0 ? heartbeat : { ...heartbeat, grants }
}

/**
 * Rule 47: base is the last stored head older than T_max + margin, or the last root if newer.
 * Rule 48: it never passes the latest publication of a record without expiry.
 *
 * Candidates are heads stored since the last root, so that the root needs no case of its own.
 */
export function nextBase<Row>(
  snapshot: PublisherSnapshot<Row>,
  baseAgeMs: number,
): CheckpointRef | null {
  const isOldEnough = (head: StoredHead): boolean =>
    snapshot.takenAtMs - head.storedAtMs >= baseAgeMs
  const isBehindPermanents = (head: StoredHead): boolean =>
    snapshot.permanents.every(
      ({ publishedIn }) => publishedIn === null || head.offset < publishedIn.offset,
    )
  const newest = snapshot.baseCandidates.findLast(
    (head) => isOldEnough(head) && isBehindPermanents(head),
  )
  return newest === undefined ? snapshot.base : { hash: newest.hash, offset: newest.offset }
}

/** Rule 48: records without expiry that must be published again, at half the age of a base. */
export function permanentsDue<Row>(
  snapshot: PublisherSnapshot<Row>,
  baseAgeMs: number,
): readonly Row[] {
  return snapshot.permanents
    .filter(
      ({ publishedIn }) =>
        publishedIn !== null && snapshot.takenAtMs - publishedIn.storedAtMs >= baseAgeMs / 2,
    )
    .map(({ row }) => row)
}

/** The limits and intervals of a publisher. Only simulations and tests use others than `PUBLISH_LIMITS`. */
export interface PublishLimits {
  /** So many feeds are stated one by one, by every heartbeat; more are grouped. */
  readonly feedsMax: number
  /**
   * The interval at which a heartbeat repeats the lists of grouped feeds, in milliseconds. It is far below
   * the age of a base.
   */
  readonly listsAgainMs: number
  /** Records of one batch. */
  readonly batchMax: number
  readonly heartbeatIntervalMs: number
}

/** The limits of every publisher. */
export const PUBLISH_LIMITS: PublishLimits = {
  feedsMax: FEEDS_STATED_ALONE_MAX,
  listsAgainMs: LISTS_AGAIN_MS,
  batchMax: RECORDS_PER_BATCH_MAX,
  heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
}
