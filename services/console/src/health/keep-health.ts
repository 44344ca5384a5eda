import type { LoadedRegistry } from '@freshet/authority'
import {
  judgeHealth,
  type HealthWatch,
  type Observatory,
  type PipelineView,
  type SkewWatch,
} from '@freshet/insight'
import type { HealthFigures } from '@freshet/insight/findings'
import type { SloJson } from '@freshet/insight/answers'
import { dispositionOf, FreshetError } from '@freshet/protocol'
import { WAITING, type QuarantineStore } from '@freshet/reconciler'
import { formatRfc3339, type LogReader, type Timer } from '@freshet/wire'
import { pipelineJson } from '../edges/pipeline-json.ts'
import type { ProbeReport } from '../probe/probe-report.ts'
import { countJson } from '../quarantine/quarantine-json.ts'
import type { ServiceStates } from './service-states.ts'
import { TICK_EVERY_MS, Wakes } from './wakes.ts'
import { whoActs } from './who-acts.ts'

const EVERY_MS = 1_000
/** These figures change slowly, or cost a read of a topic. */
const SLOW_EVERY_MS = 5_000

/** The parts that the verdict is made from. */
export interface HealthParts {
  readonly watch: HealthWatch
  readonly observatory: Pick<Observatory, 'pipeline' | 'edges' | 'uncountedEdges' | 'lag'>
  readonly quarantine: Pick<QuarantineStore, 'counts'>
  readonly slos: () => Promise<readonly SloJson[]>
  readonly reader: Pick<LogReader, 'bounds' | 'read'>
  readonly loaded: () => LoadedRegistry
  readonly services: Pick<ServiceStates, 'look'>
  readonly skew: Pick<SkewWatch, 'surely'>
  readonly probes?: Pick<ProbeReport, 'json'> | undefined
  readonly timer: Timer
  readonly onTrouble: (error: unknown) => void
}

type Slow = Pick<HealthFigures, 'lag' | 'parked' | 'slos'>

/** Judges each second whether claims are fresh, until the signal aborts. */
export async function keepHealth(parts: HealthParts, signal: AbortSignal): Promise<void> {
  const { timer } = parts
  const slow = new SlowFigures(parts)
  const wakes = new Wakes(timer.monotonicMs())
  const tick = async (): Promise<void> => {
    while (!signal.aborted) {
      wakes.tick(timer.monotonicMs())
      await timer.sleep(TICK_EVERY_MS, signal)
    }
  }
  await Promise.all([keepJudging(parts, { slow, wakes }, signal), slow.keep(signal), tick()])
}

async function keepJudging(
  parts: HealthParts,
  { slow, wakes }: { readonly slow: SlowFigures; readonly wakes: Wakes },
  signal: AbortSignal,
): Promise<void> {
  const { watch, timer, onTrouble } = parts
  let blindSinceMs: number | undefined
  while (!signal.aborted) {
    const [services, seen] = await Promise.all([
      parts.services.look(timer.nowMs()),
      lookAtState(parts, slow).catch((error: unknown) => error),
    ])
    const nowMs = timer.nowMs()
    const isBlind = seen instanceof Error
    if (isBlind && blindSinceMs === undefined) onTrouble(seen)
    blindSinceMs = isBlind ? (blindSinceMs ?? nowMs) : undefined
    const figures = isBlind
      ? { blind: { since: formatRfc3339(blindSinceMs ?? nowMs), code: codeOf(seen) } }
      : (seen as HealthFigures)
    const skews = skewsOf(parts)
    const who = whoActs(parts.loaded().registry)
    // Without a verdict for a while the state is unknown, and the console itself is the cause.
    if (!wakes.isRecent(timer.monotonicMs()))
      watch.see(judgeHealth({ ...figures, services, skews }, who), nowMs, services)
    await timer.sleep(EVERY_MS, signal)
  }
}

async function lookAtState(parts: HealthParts, slow: SlowFigures): Promise<HealthFigures> {
  const { observatory, reader, loaded } = parts
  const [view, items, uncounted] = await Promise.all([
    observatory.pipeline(loaded().registry, reader),
    observatory.edges(),
    observatory.uncountedEdges(),
  ])
  const edges = { items, groups: [], uncounted }
  return { status: statusOf(view, parts), edges, ...slow.last }
}

function statusOf(
  view: PipelineView,
  { loaded, probes, timer }: HealthParts,
): NonNullable<HealthFigures['status']> {
  const standing = pipelineJson(view, loaded(), { persons: false })
  const measuredAt = formatRfc3339(timer.nowMs())
  return { ...standing, measuredAt, probes: probes?.json() ?? null }
}

/** Figures that the verdict does not wait for. A database that is away is noticed by the others. */
class SlowFigures {
  readonly #parts: HealthParts
  #last: Slow = {}

  constructor(parts: HealthParts) {
    this.#parts = parts
  }

  /** The figures of the last look; none before the first. */
  get last(): Slow {
    return this.#last
  }

  /** Looks every five seconds until the signal aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    const { timer } = this.#parts
    while (!signal.aborted) {
      this.#last = await this.#look().catch((): Slow => ({}))
      await timer.sleep(SLOW_EVERY_MS, signal)
    }
  }

  async #look(): Promise<Slow> {
    const { observatory, reader, quarantine, slos: objectives } = this.#parts
    const [lag, counts, slos] = await Promise.all([
      observatory.lag(reader),
      quarantine.counts({ states: WAITING }),
      objectives(),
    ])
    return { lag, parked: { counts: counts.map(countJson) }, slos }
  }
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
