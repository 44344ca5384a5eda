import type { PublisherSnapshot } from '@freshet/protocol'
import type { PublishableRow } from './publisher-store.ts'

/**
 * Adds the claim map as a row to publish once more. Heartbeats of this process name the hash of the map in
 * the form that this build writes. An edge must have exactly that map (rule 21).
 */
export function withMapDue(
  snapshot: PublisherSnapshot<PublishableRow>,
): PublisherSnapshot<PublishableRow> {
  const permanents = snapshot.permanents.map((each) => {
    const { row, publishedIn } = each
    if (row.permanent?.kind !== 'map' || publishedIn === null) return each
    return { row, publishedIn: { ...publishedIn, storedAtMs: Number.NEGATIVE_INFINITY } }
  })
  return { ...snapshot, permanents }
}

/** A row of the outbox was written when its version was activated, possibly by another build. */
export function isOwnMap({ id, permanent }: PublishableRow): boolean {
  return id === null && permanent?.kind === 'map'
}
