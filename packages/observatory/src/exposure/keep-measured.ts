import type { EdgeReport } from '@freshet/events'
import type { ExposureStore, NewExposure, NumberedReport } from './exposure-store.ts'

/** Told of what edges let in too late, each request once, also where reports come again. */
export interface ExposureCounts {
  /** `null`: the change is unknown, or of no class. */
  staleAllows(changeClass: string | null, requests: number): void
  /** Allows that an edge could not hold long enough, and changes whose exposure it gave up. */
  evictions(count: number): void
}

/** What a report told that was not known before. */
export interface NewlyMeasured {
  /** Requests that were let in since the last report. */
  readonly allowed: number
  readonly exposed: readonly NewExposure[]
}

/** Keeps what an edge measured of the requests that it decided; a report without a number holds nothing of it. */
export async function keepMeasured(
  report: EdgeReport,
  reportedAtMs: number,
  { store, counts }: { readonly store: ExposureStore; readonly counts: ExposureCounts | undefined },
): Promise<NewlyMeasured> {
  const { start, n, allows, decisions } = report
  if (start === undefined || n === undefined) return { allowed: 0, exposed: [] }
  const numbered: NumberedReport = { ...report, start, n }
  // A report that was cut off between the two is told again, and then found to be known: exposures first.
  const exposed =
    report.exposed === undefined ? [] : await store.keepExposed(numbered, reportedAtMs)
  for (const { class: changeClass, requests } of exposed) counts?.staleAllows(changeClass, requests)
  const isNew = await store.keepNumbered(numbered, reportedAtMs)
  if (isNew && allows !== undefined) counts?.evictions(allows.evictions + allows.dropped)
  return { allowed: isNew ? decisions.allow : 0, exposed }
}
