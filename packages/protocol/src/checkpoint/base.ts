import type { CheckpointRef } from './checkpoint.ts'
import type { PublisherSnapshot, StoredHead } from './publish-snapshot.ts'

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
