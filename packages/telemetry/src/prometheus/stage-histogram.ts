import { Histogram } from 'prom-client'
import { TIME_BUCKETS, seconds } from './buckets.ts'
import { bounded, NAMES_MAX, type Stage } from './labels.ts'
import type { Metrics } from './metrics.ts'

/** A change passed one step. Negative durations (skew of clocks) count as zero. */
export type StagePassed = (stage: Stage, durationMs: number, changeClass: string) => void

/** The histogram of stages. */
interface StageHistogram {
  readonly passed: StagePassed
  /** A stage of a class stands at zero. */
  begin(stage: Stage, changeClass: string): void
}

/** Registers the histogram of stages; the process that sees the end of a stage records it. */
export function stageHistogram({ registry }: Pick<Metrics, 'registry'>): StageHistogram {
  const stage = new Histogram({
    name: 'freshet_stage_duration_seconds',
    help: 'Time a change spent in one stage.',
    labelNames: ['stage', 'class'],
    buckets: TIME_BUCKETS,
    registers: [registry],
  })
  const boundedClass = bounded(NAMES_MAX)
  return {
    passed: (name, durationMs, changeClass) =>
      stage.observe(
        { stage: name, class: boundedClass(changeClass) },
        seconds(Math.max(0, durationMs)),
      ),
    begin: (name, changeClass) => stage.zero({ stage: name, class: boundedClass(changeClass) }),
  }
}
