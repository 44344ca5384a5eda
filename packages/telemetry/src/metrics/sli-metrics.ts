import type { SampleOrigin } from '@freshet/protocol/slo'
import { Counter, Gauge, Histogram } from 'prom-client'
import { TIME_BUCKETS, seconds } from '../prometheus/buckets.ts'
import { bounded, CLASSES_MAX, NAMES_MAX } from '../prometheus/labels.ts'
import type { Metrics } from '../prometheus/metrics.ts'
import { stageHistogram, type StagePassed } from '../prometheus/stage-histogram.ts'
import { parseSpanContext } from '../tracing/traceparent.ts'

/** The changes that a time belongs to. */
export interface Sampled {
  readonly class: string
  readonly origin: SampleOrigin
}

/** A change that was measured; `traceparent` becomes the exemplar of its bucket. */
export interface CompletedChange extends Sampled {
  /** From its append until it was complete; of one that was not at the deadline, the time since then. */
  readonly tookMs: number
  readonly isComplete: boolean
  readonly traceparent: string | null
}

/** The measurements of the loop, in the process that takes them. */
export interface SliMetrics {
  /** S1: a change is complete, or too late. */
  changeCompleted(change: CompletedChange): void
  /** S2: an edge refused by a change, so long after its append; `null`: it had not at the deadline. */
  edgeApplied(of: Sampled, tookMs: number | null): void
  /** S6: a live change was looked at for the last time; `false`: it had not come to an end. */
  changeChecked(isTerminal: boolean): void
  stagePassed: StagePassed
  /** The clocks of a source, or of an edge, and the broker gave a time below zero. */
  skewClamped(source: string): void
  /** The least that appends were behind commits of a source lately. */
  skewSeen(source: string, skewMs: number): void
}

/** Beyond every boundary: what was not complete at the deadline is in no bucket but the last. */
const NEVER_MS = 900_001

/**
 * Registers them. Call once per `Metrics`. Live changes of the classes named stand at zero from the start: `rate` sees nothing of
 * the event that begins a series, and revocations are rare.
 */
export function sliMetrics(metrics: Metrics, classes: readonly string[] = []): SliMetrics {
  const complete = durations(metrics, {
    name: 'freshet_change_complete_duration_seconds',
    help: 'The time from the append of a change until every counted edge enforced it.',
  })
  const apply = durations(metrics, {
    name: 'freshet_edge_apply_duration_seconds',
    help: 'The time from the append of a change until a counted edge enforced it.',
  })
  const stage = stageHistogram(metrics)
  for (const named of classes) {
    complete.begin(named)
    apply.begin(named)
    stage.begin('source', named)
  }
  const { checked, unfinished } = coverage(metrics)
  return {
    changeCompleted: ({ tookMs, isComplete, traceparent, ...of }) =>
      complete.observe(of, isComplete ? tookMs : Math.max(NEVER_MS, tookMs), traceparent),
    edgeApplied: (of, tookMs) => apply.observe(of, tookMs ?? NEVER_MS, null),
    changeChecked(isTerminal) {
      checked.inc()
      if (!isTerminal) unfinished.inc()
    },
    stagePassed: stage.passed,
    ...skew(metrics),
  }
}

interface Durations {
  observe(of: Sampled, tookMs: number, traceparent: string | null): void
  /** Live changes of a class stand at zero. */
  begin(changeClass: string): void
}

function durations(
  { registry }: Metrics,
  named: { readonly name: string; readonly help: string },
): Durations {
  const histogram = new Histogram({
    ...named,
    labelNames: ['class', 'origin'],
    buckets: TIME_BUCKETS,
    enableExemplars: true,
    // With registers, the library accepts exemplars only if they use OpenMetrics at all times.
    registers: [],
  })
  registry.registerMetric(histogram)
  const boundedClass = bounded(CLASSES_MAX)
  return {
    observe(of, tookMs, traceparent) {
      const traceId = parseSpanContext(traceparent ?? undefined)?.traceId
      // The library's type takes exemplars for labels of the metric.
      const exemplarLabels: object = traceId === undefined ? {} : { trace_id: traceId }
      const labels = { class: boundedClass(of.class), origin: of.origin }
      histogram.observe({ labels, value: seconds(tookMs), exemplarLabels })
    },
    begin: (changeClass) => histogram.zero({ class: boundedClass(changeClass), origin: 'live' }),
  }
}

function coverage({ registry }: Metrics): {
  readonly checked: Counter
  readonly unfinished: Counter
} {
  const registers = [registry]
  const checked = new Counter({
    name: 'freshet_changes_checked_total',
    help: 'Live changes with a known outcome, or without one after 15 min.',
    registers,
  })
  const unfinished = new Counter({
    name: 'freshet_changes_unfinished_total',
    help: 'Live changes without an outcome 15 min after their append.',
    registers,
  })
  return { checked, unfinished }
}

function skew({ registry }: Metrics): Pick<SliMetrics, 'skewClamped' | 'skewSeen'> {
  const registers = [registry]
  const labelNames = ['source'] as const
  const clamped = new Counter({
    name: 'freshet_clock_skew_negative_total',
    help: 'Negative times between two clocks, which were counted as zero.',
    labelNames,
    registers,
  })
  const seen = new Gauge({
    name: 'freshet_clock_skew_seconds',
    help: 'The smallest lag of appends behind commits of a source within the last minutes.',
    labelNames,
    registers,
  })
  const boundedSource = bounded(NAMES_MAX)
  return {
    skewClamped: (source) => clamped.inc({ source: boundedSource(source) }),
    skewSeen: (source, skewMs) => seen.set({ source: boundedSource(source) }, seconds(skewMs)),
  }
}
