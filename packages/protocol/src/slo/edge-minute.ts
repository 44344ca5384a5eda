/** Edges are counted by the minute. */
export const MINUTE_MS = 60_000

/**
 * So long without a heartbeat that counted, an edge has lost its view of a partition: it reads it again from
 * its base, and is called stale. The value is the default lease of a source; an edge refuses by each source's
 * own lease.
 */
export const STALE_VIEW_MS = 5_000

/**
 * An edge that ended without a final report is missing for this time; after it, the edge no longer counts.
 */
export const EDGE_MISSED_MS = 300_000

/** Stands for the age of a view that was never verified. */
export const UNSEEN_VIEW_MS = 86_400_000

/** The time of an edge's last report, by the broker's clock, and the age of each partition's view then. */
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

/** The time of a view's last heartbeat, by the broker's clock; `null` if there was none. */
export function heardAtMs(views: ReportedViews): number | null {
  const age = oldestViewMs(views)
  return age === null ? null : views.reportedAtMs - age
}

/** The content of the report before a report. */
export interface ReportedBefore {
  readonly reportedAtMs: number
  readonly heardAtMs: number | null
}

/**
 * The oldest that a view was between the last report and this one. Between reports a view can have grown as
 * old as the time between them: a gap of reports counts as a gap of the view. After a gap that is longer than
 * an edge is missed, it is as new.
 */
export function oldestBetween(before: ReportedBefore | undefined, now: ReportedViews): number {
  const age = oldestViewMs(now) ?? UNSEEN_VIEW_MS
  if (before === undefined || now.reportedAtMs - before.reportedAtMs > EDGE_MISSED_MS) return age
  const heardMs = before.heardAtMs
  return Math.max(age, heardMs === null ? UNSEEN_VIEW_MS : now.reportedAtMs - heardMs)
}

/** The known state of an edge after its reports. */
export interface EdgeSoFar extends ReportedBefore {
  /** In which report it first was live; `null` while it is starting or closing. */
  readonly liveSinceMs: number | null
}

/** The state after a report. */
export interface AfterReport {
  readonly soFar: EdgeSoFar
  /** The oldest age of the view since then; `null` if the report has no minute of it. */
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
