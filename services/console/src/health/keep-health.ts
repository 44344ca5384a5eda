import type { LoadedRegistry } from '@freshet/authority'
import {
  judgeHealth,
  type HealthWatch,
  type ObservedState,
  type SkewWatch,
  type StateReader,
} from '@freshet/insight'
import type { Lag } from '@freshet/insight/answers'
import type { HealthFigures, ServiceCheck, HealthFinding } from '@freshet/insight/findings'
import { dispositionOf, FreshetError, type Registry } from '@freshet/protocol'
import { formatRfc3339, type Timer } from '@freshet/wire'
import { pipelineJson } from '../edges/status-route.ts'
import type { ProbeReport } from '../probe/probe-report.ts'
import type { ServiceStates } from './service-states.ts'
import type { Slow, SlowFigures } from './slow-figures.ts'
import { TICK_EVERY_MS, Wakes } from './wakes.ts'

const OF_SOURCES: ReadonlySet<HealthFinding['id']> = new Set([
  'sourceSilent',
  'sourceLate',
  'sourceUnheard',
  'sourceUnstated',
  'clockOff',
])

/** Returns the people who act on a finding: the owner and the contact of a source; `null`: the operators. */
function whoActs({ sources }: Registry): (finding: HealthFinding) => string | null {
  return ({ id, object }) => {
    const source = OF_SOURCES.has(id) ? sources.get(object) : undefined
    if (source === undefined) return null
    const { owner, contact } = source
    const text = [owner, contact].filter((part) => part.trim() !== '').join(', ')
    return text === '' ? null : text
  }
}

/** The time from the begin of one look to that of the next. */
const EVERY_MS = 1_000
/** The rest after a look that took longer. */
const REST_MS = 100

/** The state of a look, with the lag of recording as far as it was read. */
export interface SeenState extends ObservedState {
  readonly recording: Lag['recording']
}

/** The parts that the verdict is made from. */
export interface HealthParts {
  readonly watch: HealthWatch
  readonly state: Pick<StateReader, 'read'>
  readonly slow: Pick<SlowFigures, 'last' | 'see' | 'listen'>
  readonly loaded: () => LoadedRegistry
  readonly services: Pick<ServiceStates, 'check'>
  readonly skew: Pick<SkewWatch, 'surely'>
  readonly probes?: Pick<ProbeReport, 'json'> | undefined
  readonly timer: Timer
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
    const state = await judging.poll()
    if (state !== undefined && onState !== undefined)
      handing ??= onState(state).finally(() => (handing = undefined))
    const restMs = EVERY_MS - (timer.monotonicMs() - beganAtMs)
    await timer.sleep(Math.max(REST_MS, restMs), signal)
  }
  await handing
}

/** The answers of one look, before the slow figures are added. */
interface Poll {
  readonly figures: HealthFigures
  readonly services: readonly ServiceCheck[]
  readonly atMs: number
}

/** Looks at services and state, and judges them: after each look, and once more when slow figures are renewed. */
class Judging {
  readonly #parts: HealthParts
  readonly #wakes: Wakes
  #last: Poll | undefined
  #blindSinceMs: number | undefined

  constructor(parts: HealthParts, wakes: Wakes) {
    this.#parts = parts
    this.#wakes = wakes
    parts.slow.listen(() => this.#judge())
  }

  /** Resolves with the state, or `undefined` if the store does not answer, and just after a stop of this process. */
  async poll(): Promise<SeenState | undefined> {
    const { services: checker, state: reader, slow, loaded, timer } = this.#parts
    const [services, seen] = await Promise.all([
      checker.check(timer.nowMs()),
      reader.read(loaded().registry).catch((error: unknown) => ({ error })),
    ])
    const atMs = timer.nowMs()
    const isBlind = 'error' in seen
    const figures = isBlind ? this.#blind(seen.error, atMs) : this.#figuresOf(seen)
    this.#last = { figures, services, atMs }
    this.#judge()
    // A state that was asked for before a stop would be compared with the time after it.
    if (isBlind || this.#wakes.isRecent(timer.monotonicMs())) return undefined
    slow.see(seen)
    return { ...seen, recording: slow.last.recording ?? [] }
  }

  /** Judges the last look. A renewal that ended later than it changes the verdict at the moment of the look. */
  #judge(): void {
    const { watch, slow, loaded, timer } = this.#parts
    // Without a verdict for a while the state is unknown, and the console itself is the cause.
    if (this.#last === undefined || this.#wakes.isRecent(timer.monotonicMs())) return
    const { figures, services, atMs } = this.#last
    const all = { ...withSlow(figures, slow.last), services, skews: skewsOf(this.#parts) }
    watch.see(judgeHealth(all, whoActs(loaded().registry)), atMs, services)
  }

  #blind(error: unknown, nowMs: number): HealthFigures {
    if (this.#blindSinceMs === undefined) this.#parts.onTrouble(error)
    this.#blindSinceMs ??= nowMs
    return { blind: { since: formatRfc3339(this.#blindSinceMs), code: codeOf(error) } }
  }

  #figuresOf(state: ObservedState): HealthFigures {
    this.#blindSinceMs = undefined
    const { edges: items, uncounted, edgeLags } = state
    return {
      status: statusOf(state, this.#parts),
      edges: { items, groups: [], uncounted },
      lag: { recording: [], edges: edgeLags },
    }
  }
}

/** Adds the slow figures. Without a state they have no meaning. */
function withSlow(figures: HealthFigures, { recording = [], ...slow }: Slow): HealthFigures {
  if (figures.blind !== undefined) return figures
  return { ...figures, ...slow, lag: { recording, edges: figures.lag?.edges ?? [] } }
}

function statusOf(
  { pipeline }: ObservedState,
  { loaded, probes, timer }: HealthParts,
): NonNullable<HealthFigures['status']> {
  const status = pipelineJson(pipeline, loaded())
  const measuredAt = formatRfc3339(timer.nowMs())
  return { ...status, measuredAt, probes: probes?.json() ?? null }
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
