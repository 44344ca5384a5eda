/** What the end of a full statement would do to the claims of its source in one partition. */
export interface SweepSize {
  /** Claims of subjects that have a value in force. */
  readonly claims: number
  /** Those of them that would lose one, because the statement does not name them. */
  readonly losing: number
  /** Subjects that these belong to. */
  readonly subjects: number
  /** Claims that it changes, with a value in force or without one. */
  readonly older: number
}

/** Where nothing is swept. */
export const NOTHING_SWEPT: SweepSize = { claims: 0, losing: 0, subjects: 0, older: 0 }

/** Share of a source's claims that a full statement may leave out, where the registry names none. */
export const SWEEP_SHARE = 0.2
/** With fewer subjects in a partition nothing is held: shares of a few say nothing. */
export const SWEEP_SUBJECTS_MIN = 10

/**
 * Whether a full statement leaves out so much that its source must say that it means it. An export
 * that broke off, or an empty one, looks like a company that let everybody go.
 */
export function needsConfirmation(
  { claims, losing, subjects }: Omit<SweepSize, 'older'>,
  share: number = SWEEP_SHARE,
): boolean {
  return subjects >= SWEEP_SUBJECTS_MIN && losing > share * claims
}

/** The size of two parts of the claims. A subject of which both hold a claim counts twice. */
export function addSizes(one: SweepSize, other: SweepSize): SweepSize {
  return {
    claims: one.claims + other.claims,
    losing: one.losing + other.losing,
    subjects: one.subjects + other.subjects,
    older: one.older + other.older,
  }
}
