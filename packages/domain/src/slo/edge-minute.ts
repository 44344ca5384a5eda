/** Edges are counted by the minute. */
export const MINUTE_MS = 60_000

/**
 * So long without a heartbeat that counted, an edge has lost its view of a partition: it reads it again from its base, and is
 * called stale. The lease that a source has unless its registry says otherwise; what an edge refuses by is each source's own.
 */
export const STALE_VIEW_MS = 5_000

/** An edge that ended without a word is missed so long; then it counts for nothing any more. */
export const EDGE_MISSED_MS = 300_000

/** Stands for the age of a view that was never verified. */
export const UNSEEN_VIEW_MS = 86_400_000

/** When its last report came, by the broker's clock, and the age of each partition's view then. */
export interface ReportedViews {
  readonly reportedAtMs: number
  /** `viewAgeMs` is `null` where a partition was never verified. */
  readonly partitions: readonly { readonly viewAgeMs: number | null }[]
}

/** The minute of a time. */
export function minuteOf(ms: number): number {
  return ms - (ms % MINUTE_MS)
}

/** Age of the oldest partition view; `null` when a partition was never verified. */
export function oldestViewMs({ partitions }: Pick<ReportedViews, 'partitions'>): number | null {
  let oldest = 0
  for (const { viewAgeMs } of partitions) {
    if (viewAgeMs === null) return null
    oldest = Math.max(oldest, viewAgeMs)
  }
  return partitions.length === 0 ? null : oldest
}

/** When a view was heard last, by the broker's clock; `null` where it never was. */
export function heardAtMs(views: ReportedViews): number | null {
  const age = oldestViewMs(views)
  return age === null ? null : views.reportedAtMs - age
}

/** What the report before a report told. */
export interface ReportedBefore {
  readonly reportedAtMs: number
  readonly heardAtMs: number | null
}

/**
 * The oldest that a view was between the last report and this one. What is not reported may have been
 * no younger than it grew since: a gap of reports counts as a gap of the view. After a gap that is longer
 * than an edge is missed, it is as new.
 */
export function oldestBetween(before: ReportedBefore | undefined, now: ReportedViews): number {
  const age = oldestViewMs(now) ?? UNSEEN_VIEW_MS
  if (before === undefined || now.reportedAtMs - before.reportedAtMs > EDGE_MISSED_MS) return age
  const heardMs = before.heardAtMs
  return Math.max(age, heardMs === null ? UNSEEN_VIEW_MS : now.reportedAtMs - heardMs)
}

/** What is known of an edge after its reports. */
export interface EdgeSoFar extends ReportedBefore {
  /** In which report it first was live; `null` while it is starting or closing. */
  readonly liveSinceMs: number | null
}

/** What a report makes of what was known. */
export interface AfterReport {
  readonly soFar: EdgeSoFar
  /** The oldest that the view was since; `null` where the report says nothing of its minute. */
  readonly oldestMs: number | null
}

/** Takes a report in; `undefined` for one that was appended before what is known. */
export function afterReport(
  before: EdgeSoFar | undefined,
  now: ReportedViews & { readonly isLive: boolean },
): AfterReport | undefined {
  const { reportedAtMs, isLive } = now
  if (before !== undefined && reportedAtMs < before.reportedAtMs) return undefined
  const liveSinceMs = isLive ? (before?.liveSinceMs ?? reportedAtMs) : null
  const isCounted = isLive && before?.reportedAtMs !== reportedAtMs
  return {
    soFar: { reportedAtMs, heardAtMs: heardAtMs(now), liveSinceMs },
    oldestMs: isCounted ? oldestBetween(before, now) : null,
  }
}
