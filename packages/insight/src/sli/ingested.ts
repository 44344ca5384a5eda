import { COMPLETE_WITHIN_MS } from './completion.ts'
import { classOf, type RecordedChange, type SampleOrigin } from './origin.ts'
import type { Observation } from './slo-counts.ts'

/** A change that was recorded, with how long it took its source to bring it. */
export interface Ingested {
  readonly source: string
  readonly class: string | null
  readonly origin: SampleOrigin
  readonly appendedAtMs: number
  readonly receivedAtMs: number
  /**
   * The time from the commit by the source's clock to the append by the broker's; negative if the clocks
   * differ so much. `null` for an activation, which no source commits.
   */
  readonly commitToAppendMs: number | null
  /** True if recording does not finish it: edges must apply it. */
  readonly isOpen: boolean
  /** It was recorded before it counts as never. */
  readonly isInTime: boolean
}

/** The part of a recorded change about its source. */
export function ingestedOf(change: RecordedChange, origin: SampleOrigin): Ingested {
  const { source, kind, appendedAtMs, receivedAtMs, appliedAtMs, occurredAtMs, tightened } = change
  const commitToAppendMs = kind === 'activate' ? null : appendedAtMs - occurredAtMs
  return {
    source,
    class: classOf(change),
    origin,
    appendedAtMs,
    receivedAtMs,
    commitToAppendMs,
    isOpen: tightened,
    isInTime: appliedAtMs - appendedAtMs < COMPLETE_WITHIN_MS,
  }
}

/** S4. A negative delay counts as none, and a change without a commit gives no sample. */
export function observationsOfIngest({
  class: named,
  origin,
  commitToAppendMs,
}: Ingested): readonly Observation[] {
  if (commitToAppendMs === null) return []
  return [{ sli: 'source-ingest', class: named, origin, valueMs: Math.max(0, commitToAppendMs) }]
}
