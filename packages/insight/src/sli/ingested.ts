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
   * differ so much.
   */
  readonly commitToAppendMs: number
  /** True if recording does not finish it: edges must apply it. */
  readonly isOpen: boolean
  /** It was recorded before it counts as never. */
  readonly isInTime: boolean
}

/** The part of a recorded change about its source. */
export function ingestedOf(change: RecordedChange, origin: SampleOrigin): Ingested {
  const { source, appendedAtMs, receivedAtMs, appliedAtMs, occurredAtMs, tightened } = change
  const commitToAppendMs = appendedAtMs - occurredAtMs
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

/** S4. A negative delay counts as none. */
export function observationOfIngest({
  class: named,
  origin,
  commitToAppendMs,
}: Ingested): Observation {
  return { sli: 'source-ingest', class: named, origin, valueMs: Math.max(0, commitToAppendMs) }
}
