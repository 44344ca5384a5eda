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
export function lastHeartbeatMsOf(views: ReportedViews): number | null {
  const age = oldestViewMs(views)
  return age === null ? null : views.reportedAtMs - age
}

/** The content of the report before a report. */
export interface ReportedBefore {
  readonly reportedAtMs: number
  readonly lastHeartbeatMs: number | null
}

/**
 * The oldest that a view was between the last report and this one. Between reports a view can have grown as
 * old as the time between them: a gap of reports counts as a gap of the view. After a gap that is longer than
 * an edge is missed, it is as new.
 */
export function oldestBetween(before: ReportedBefore | undefined, now: ReportedViews): number {
  const age = oldestViewMs(now) ?? UNSEEN_VIEW_MS
  return before === undefined ? age : Math.max(age, gapBetween(before, now) ?? 0)
}

/** The age that the view can have reached by this report; `null` if the edge was missed long enough. */
function gapBetween(
  before: ReportedBefore,
  { reportedAtMs }: Pick<ReportedViews, 'reportedAtMs'>,
): number | null {
  if (reportedAtMs - before.reportedAtMs > EDGE_MISSED_MS) return null
  return before.lastHeartbeatMs === null ? UNSEEN_VIEW_MS : reportedAtMs - before.lastHeartbeatMs
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

/** A report as far as it concerns the minutes of its edge. */
interface MinuteReport extends ReportedViews {
  readonly isLive: boolean
}

/**
 * Takes a report in; `undefined` for one that was appended before what is known. An edge that is starting or
 * closing answers nothing from its view: the age of that view does not count, and neither does the time until
 * the next report.
 */
export function afterReport(
  before: EdgeSoFar | undefined,
  now: MinuteReport,
): AfterReport | undefined {
  const { reportedAtMs, isLive } = now
  if (before !== undefined && reportedAtMs < before.reportedAtMs) return undefined
  const liveSinceMs = isLive ? (before?.liveSinceMs ?? reportedAtMs) : null
  const isRepeated = before?.reportedAtMs === reportedAtMs
  return {
    soFar: { reportedAtMs, lastHeartbeatMs: lastHeartbeatMsOf(now), liveSinceMs },
    oldestMs: isRepeated ? null : oldestServed(before, now),
  }
}

/** The oldest age of the view while it served. The time since a live report counts, also for an edge that ended meanwhile. */
function oldestServed(before: EdgeSoFar | undefined, now: MinuteReport): number | null {
  const served = before === undefined || before.liveSinceMs === null ? undefined : before
  if (now.isLive) return oldestBetween(served, now)
  return served === undefined ? null : gapBetween(served, now)
}
