import type { LoadedRegistry } from '@freshet/authority'
import {
  judgeHealth,
  type HealthWatch,
  type ObservedState,
  type SkewWatch,
  type StateReader,
} from '@freshet/insight'
import type { Lag } from '@freshet/insight/answers'
import type { HealthFigures } from '@freshet/insight/findings'
import { dispositionOf, FreshetError } from '@freshet/protocol'
import { formatRfc3339 } from '@freshet/wire'
import { pipelineJson } from '../edges/pipeline-json.ts'
import type { ProbeReport } from '../probe/probe-report.ts'
import type { ServiceStates } from './service-states.ts'
import { SlowFigures, type SlowParts } from './slow-figures.ts'
import { TICK_EVERY_MS, Wakes } from './wakes.ts'
import { whoActs } from './who-acts.ts'

/** The time from the begin of one look to that of the next. */
const EVERY_MS = 1_000
/** The rest after a look that took longer. */
const REST_MS = 100

/** The state of a look, with the lag of recording as far as it was read. */
export interface SeenState extends ObservedState {
  readonly recording: Lag['recording']
}

/** The parts that the verdict is made from. */
export interface HealthParts extends SlowParts {
  readonly watch: HealthWatch
  readonly state: StateReader
  readonly loaded: () => LoadedRegistry
  readonly services: Pick<ServiceStates, 'look'>
  readonly skew: Pick<SkewWatch, 'surely'>
  readonly probes?: Pick<ProbeReport, 'json'> | undefined
  /** Called with the state of each look, one at a time: others need no read of their own. */
  readonly onState?: (state: SeenState) => Promise<void>
  readonly onTrouble: (error: unknown) => void
}

/** Judges each second whether claims are fresh, until the signal aborts. */
export async function keepHealth(parts: HealthParts, signal: AbortSignal): Promise<void> {
  const { timer } = parts
  const wakes = new Wakes(timer.monotonicMs())
  const tick = async (): Promise<void> => {
    while (!signal.aborted) {
      wakes.tick(timer.monotonicMs())
      await timer.sleep(TICK_EVERY_MS, signal)
    }
  }
  await Promise.all([keepJudging(parts, wakes, signal), tick()])
}

async function keepJudging(parts: HealthParts, wakes: Wakes, signal: AbortSignal): Promise<void> {
  const { timer, onState } = parts
  const judging = new Judging(parts, wakes)
  let handing: Promise<void> | undefined
  while (!signal.aborted) {
    const beganAtMs = timer.monotonicMs()
    const state = await judging.look()
    if (state !== undefined && onState !== undefined)
      handing ??= onState(state).finally(() => (handing = undefined))
    const restMs = EVERY_MS - (timer.monotonicMs() - beganAtMs)
    await timer.sleep(Math.max(REST_MS, restMs), signal)
  }
  await handing
}

/** Looks at services and state, and judges them. */
class Judging {
  readonly #parts: HealthParts
  readonly #slow: SlowFigures
  readonly #wakes: Wakes
  #blindSinceMs: number | undefined

  constructor(parts: HealthParts, wakes: Wakes) {
    this.#parts = parts
    this.#slow = new SlowFigures(parts)
    this.#wakes = wakes
  }

  /** Resolves with the state, or `undefined` if the store does not answer. */
  async look(): Promise<SeenState | undefined> {
    const { services: asked, state: reader, loaded, timer, watch } = this.#parts
    const [services, seen] = await Promise.all([
      asked.look(timer.nowMs()),
      reader.read(loaded().registry).catch((error: unknown) => ({ error })),
    ])
    const nowMs = timer.nowMs()
    const figures = 'error' in seen ? this.#blind(seen.error, nowMs) : this.#figuresOf(seen)
    const skews = skewsOf(this.#parts)
    // Without a verdict for a while the state is unknown, and the console itself is the cause.
    if (!this.#wakes.isRecent(timer.monotonicMs())) {
      const who = whoActs(loaded().registry)
      watch.see(judgeHealth({ ...figures, services, skews }, who), nowMs, services)
    }
    return 'error' in seen ? undefined : { ...seen, recording: this.#slow.last.recording ?? [] }
  }

  #blind(error: unknown, nowMs: number): HealthFigures {
    if (this.#blindSinceMs === undefined) this.#parts.onTrouble(error)
    this.#blindSinceMs ??= nowMs
    return { blind: { since: formatRfc3339(this.#blindSinceMs), code: codeOf(error) } }
  }

  #figuresOf(state: ObservedState): HealthFigures {
    this.#blindSinceMs = undefined
    this.#slow.see(state)
    const { recording = [], ...slow } = this.#slow.last
    const { edges: items, uncounted, edgeLags: edges } = state
    return {
      status: statusOf(state, this.#parts),
      edges: { items, groups: [], uncounted },
      lag: { recording, edges },
      ...slow,
    }
  }
}

function statusOf(
  { pipeline }: ObservedState,
  { loaded, probes, timer }: HealthParts,
): NonNullable<HealthFigures['status']> {
  const standing = pipelineJson(pipeline, loaded(), { persons: false })
  const measuredAt = formatRfc3339(timer.nowMs())
  return { ...standing, measuredAt, probes: probes?.json() ?? null }
}

function skewsOf({ loaded, skew }: HealthParts): HealthFigures['skews'] {
  return [...loaded().registry.sources.keys()].flatMap((source) => {
    const skewMs = skew.surely(source)
    return skewMs === undefined ? [] : [{ source, skewMs }]
  })
}

function codeOf(error: unknown): string {
  return error instanceof FreshetError ? error.code : dispositionOf(error)
}
