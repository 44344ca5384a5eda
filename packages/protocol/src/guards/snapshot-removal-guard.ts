/** The effect that the end of a snapshot would have on its source's claims in one partition. */
export interface RemovalSize {
  /** Claims of subjects that have a value in force. */
  readonly claims: number
  /** Those of them that would lose one, because the statement does not name them. */
  readonly losing: number
  /** Subjects that these belong to. */
  readonly subjects: number
  /** Claims that it changes, with a value in force or without one. */
  readonly older: number
}

/** The size without any removal. */
export const NOTHING_REMOVED: RemovalSize = { claims: 0, losing: 0, subjects: 0, older: 0 }

/** Share of a source's claims that a full statement may leave out, where the registry names none. */
export const SNAPSHOT_REMOVAL_SHARE = 0.2
/** A partition with fewer subjects has no guard: a share of a few subjects has no meaning. */
export const SNAPSHOT_REMOVAL_SUBJECTS_MIN = 10

/**
 * Returns whether a snapshot leaves out so much that its source must confirm it. An export that broke off, or
 * an empty one, looks like a company that let everybody go.
 */
export function needsConfirmation(
  { claims, losing, subjects }: Omit<RemovalSize, 'older'>,
  share: number = SNAPSHOT_REMOVAL_SHARE,
): boolean {
  return subjects >= SNAPSHOT_REMOVAL_SUBJECTS_MIN && losing > share * claims
}

/** The size of two parts of the claims. A subject of which both hold a claim counts twice. */
export function addSizes(one: RemovalSize, other: RemovalSize): RemovalSize {
  return {
    claims: one.claims + other.claims,
    losing: one.losing + other.losing,
    subjects: one.subjects + other.subjects,
    older: one.older + other.older,
  }
}
