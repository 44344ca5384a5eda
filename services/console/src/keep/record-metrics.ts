import { SkewWatch, type Ingested, type MeasuredSample, type TurnResult } from '@freshet/insight'
import type { SliMetrics } from '@freshet/telemetry'

/** Stands for changes of which no service level is about their class. */
const NO_CLASS = '-'
/** Under what the clocks of edges are counted, beside the sources. */
const EDGES = 'edge'

/** Puts what turns measured into the metrics, the same samples that are stored, and the clocks into `skew`. */
export function recordMetrics(
  metrics: SliMetrics,
  skew: SkewWatch = new SkewWatch(),
): (result: TurnResult) => void {
  return ({ measured, ingested }) => {
    for (const each of ingested) recordIngested(metrics, skew, each)
    for (const each of measured) recordSample(metrics, each)
  }
}

function recordIngested(metrics: SliMetrics, skew: SkewWatch, ingested: Ingested): void {
  const { source, origin, appendedAtMs, commitToAppendMs, receivedAtMs, isOpen, isInTime } =
    ingested
  const named = ingested.class ?? NO_CLASS
  metrics.stagePassed('ingest', receivedAtMs - appendedAtMs, named)
  if (commitToAppendMs !== null) {
    // The rule is that of the service level: changes of a snapshot, a replay or a probe do not show how fast a
    // source is.
    if (origin === 'live') metrics.stagePassed('source', commitToAppendMs, named)
    if (commitToAppendMs < 0) metrics.skewClamped(source)
    skew.see(source, commitToAppendMs, appendedAtMs)
    metrics.skewSeen(source, skew.of(source) ?? commitToAppendMs)
  }
  if (!isOpen && origin === 'live') metrics.changeChecked(isInTime)
}

function recordSample(metrics: SliMetrics, { sample, change, pairs }: MeasuredSample): void {
  const { origin, completeMs, closedAtMs, appendedAtMs } = sample
  const of = { class: sample.class ?? NO_CLASS, origin }
  const isComplete = completeMs !== null
  if (origin === 'live') metrics.changeChecked(isComplete)
  if (change.publishedAtMs !== null) {
    metrics.stagePassed('publish', change.publishedAtMs - change.appliedAtMs, of.class)
  }
  // The rule is that of the service levels: a change for which no edge counts has no edge results.
  if (sample.edges > 0 || !isComplete) {
    const tookMs = completeMs ?? closedAtMs - appendedAtMs
    metrics.changeCompleted({ ...of, tookMs, isComplete, traceparent: change.traceparent })
  }
  for (const { takenMs, sincePublishedMs, isSkewed } of pairs) {
    metrics.edgeApplied(of, takenMs)
    if (sincePublishedMs !== null) metrics.stagePassed('edge_apply', sincePublishedMs, of.class)
    if (isSkewed) metrics.skewClamped(EDGES)
  }
}
