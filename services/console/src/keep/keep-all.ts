import { setMaxListeners } from 'node:events'
import type { LoadedRegistry } from '@freshet/authority'
import { BULK_CLASS } from '@freshet/protocol/slo'
import type { AuditLog, LogReader, Timer } from '@freshet/wire'
import {
  SkewWatch,
  stateReader,
  type EvidenceStore,
  type HealthWatch,
  type Observatory,
  type ObservatoryStore,
  type PipelineSource,
  type SigningVersions,
  type StateStore,
  type TurnResult,
  type SliStore,
} from '@freshet/insight'
import { quietRests, type QuarantineStore } from '@freshet/reconciler'
import type { Logger } from '@freshet/runtime'
import {
  healthMetrics,
  probeMetrics,
  sliMetrics,
  sourceMetrics,
  statusMetrics,
  type SourceReading,
  type Metrics,
} from '@freshet/telemetry'
import { keepMeasuring, onceRecorded } from './keep-measuring.ts'
import { keepReports } from './keep-reports.ts'
import { keepTokens } from './keep-tokens.ts'
import { keepProbing, onceActive } from '../probe/keep-probing.ts'
import type { Prober } from '../probe/start-probing.ts'
import type { SloParts } from '../console-parts.ts'
import { statusesAt } from '../slos/slo-routes.ts'
import { sourceWatcher } from './source-watcher.ts'
import { recordMetrics } from './record-metrics.ts'
import { recordState } from './record-state.ts'
import { askService } from '../health/ask-service.ts'
import { briefReader } from '../health/brief-reader.ts'
import { briefStore } from '../health/brief-store.ts'
import { keepHealth, type HealthParts } from '../health/keep-health.ts'
import { ServiceStates } from '../health/service-states.ts'
import { SlowFigures } from '../health/slow-figures.ts'
import { RETENTION } from '@freshet/protocol'
import { dayOf } from '@freshet/protocol/usage'

/** The background work of the console. */
export interface KeptParts extends Omit<SloParts, 'clock'> {
  readonly store: ObservatoryStore
  /** The same store over connections that nothing else uses. */
  readonly reserve: StateStore
  readonly observatory: Observatory
  readonly evidence: EvidenceStore
  readonly reader: LogReader
  readonly loaded: () => LoadedRegistry
  readonly versions: SigningVersions & { readonly isActive: () => boolean }
  readonly audit: AuditLog
  readonly quarantine: Pick<QuarantineStore, 'counts'>
  /** Takes the verdict of each second. */
  readonly health: HealthWatch
  /** The services that are asked whether they are ready, by name; absent: none. */
  readonly services?: ReadonlyMap<string, string> | undefined
  readonly metrics: Metrics
  readonly timer: Timer
  readonly logger: Logger
  /** Absent: nothing is probed. */
  readonly prober?: Prober | undefined
}

/** Reads reports, measures, judges and forgets what is old, until the signal aborts. */
export async function keepAll(parts: KeptParts, signal: AbortSignal): Promise<void> {
  const { metrics, timer, logger } = parts
  // Each of these loops waits with a listener of its own. Their number is fixed.
  setMaxListeners(0, signal)
  const waits = (what: string) => ({
    onTrouble: (error: unknown): void => logger.warn({ err: error }, what),
  })
  const skew = new SkewWatch()
  const health = healthOf(parts, signal)
  const recordMeasured = recordMetrics(sliMetrics(metrics, classesOf(parts.slos)), skew)
  const onMeasured = (result: TurnResult): void => {
    recordMeasured(result)
    if (result.measured.length + result.ingested.length > 0) health.slow.measured()
  }
  healthMetrics(metrics, () => parts.health.at(timer.nowMs()))
  const statuses = statusMetrics(metrics)
  const onSources = sourceWatcher({
    ...parts,
    onSources: withOwners(parts.loaded, sourceMetrics(metrics, timer)),
    ...waits('watching sources failed, will retry'),
  })
  const rests = quietRests(timer)
  const onPipeline = onceRecorded(rests.note)
  const onState: HealthParts['onState'] = (state) => {
    onPipeline(state.pipeline)
    recordState(statuses)(state)
    return onSources(state.pipeline.sources)
  }
  const tokens = { ...parts, metrics: statuses, ...waits('counting tokens failed, will retry') }
  const rest = rests.ofLoop()
  const measuring = { onMeasured, rest, ...waits('measuring changes failed, will retry') }
  const judged = { skew, onState, ...waits('judging health failed, will retry') }
  await Promise.all([
    parts.prober && keepProbed(parts, parts.prober, signal),
    keepReports({ ...parts, ...waits('reading edge reports failed, will retry') }, signal),
    keepMeasuring({ ...parts, ...measuring }, signal),
    keepTokens(tokens, signal),
    keepForgetting({ ...parts, ...waits('removing old rows failed, will retry') }, signal),
    keepHealth({ ...health, ...judged }, signal),
  ])
}

function healthOf(parts: KeptParts, signal: AbortSignal) {
  const { health: watch, quarantine, versions, timer, services = new Map(), prober } = parts
  const reader = briefReader(parts.reader, timer)
  const store = briefStore(parts.store, parts.reserve, timer)
  const state = stateReader({ store, reader, clock: timer, versions })
  const slos = () => statusesAt(parts, timer.nowMs())
  return {
    ...parts,
    watch,
    state,
    slow: new SlowFigures({ state, quarantine, slos, timer }),
    services: new ServiceStates(services, (url) => askService(url, signal)),
    probes: prober?.report,
  }
}

/** Adds the owner and the contact of each source in the present registry. */
function withOwners(
  loaded: KeptParts['loaded'],
  onSources: (readings: readonly SourceReading[]) => void,
): (sources: readonly PipelineSource[]) => void {
  return (sources) => {
    const entries = loaded().registry.sources
    const ownersOf = (name: string): Pick<SourceReading, 'owner' | 'contact'> => {
      const { owner = '', contact = '' } = entries.get(name) ?? {}
      return { owner, contact }
    }
    onSources(sources.map((source) => ({ ...source, ...ownersOf(source.source) })))
  }
}

function keepProbed(parts: KeptParts, prober: Prober, signal: AbortSignal): Promise<void> {
  const { timer, versions } = parts
  const waits = { timer, isActive: versions.isActive }
  return onceActive(waits, () => keepProbing(probingOf(parts, prober), signal), signal)
}

function probingOf(parts: KeptParts, prober: Prober): Parameters<typeof keepProbing>[0] {
  const { logger, metrics } = parts
  return {
    ...parts,
    ...prober,
    // Without probes the metrics are not there, and neither is an alert about probes.
    metrics: probeMetrics(metrics, () => prober.report.lastBroken()),
    onBroken: (claim, broken) => logger.warn({ claim, ...broken }, 'probe failed'),
    onTrouble: (err) => logger.warn({ err }, 'heartbeat of the probes’ source failed, will retry'),
  }
}

/** Classes that an objective is about. */
function classesOf(slos: KeptParts['slos']): readonly string[] {
  return [...new Set(slos.flatMap(({ class: named }) => named ?? []))].filter(
    (named) => named !== BULK_CLASS,
  )
}

const EVERY_MS = 10 * 60_000
/** The number of rows of each kind, each time. */
const ROWS_MAX = 50_000

/** Removes old reports, their content, and measurements, now and then, until the signal aborts. */
export async function keepForgetting(
  parts: {
    readonly store: ObservatoryStore
    readonly slis: Pick<SliStore, 'forget'>
    readonly timer: Timer
    readonly onTrouble: (error: unknown) => void
  },
  signal: AbortSignal,
): Promise<void> {
  const { store, slis, timer, onTrouble } = parts
  while (!signal.aborted) {
    await forget(store, timer.nowMs()).catch(onTrouble)
    const measuredMs = timer.nowMs() - RETENTION.measurements.keptMs
    await slis.forget(measuredMs, ROWS_MAX).catch(onTrouble)
    await timer.sleep(EVERY_MS, signal)
  }
}

async function forget(store: ObservatoryStore, nowMs: number): Promise<void> {
  await store.forget(nowMs - RETENTION.reports.keptMs)
  await store.forgetExposed(nowMs - RETENTION.exposures.keptMs)
  await store.forgetUses({ fromDay: dayOf(nowMs - RETENTION.uses.keptMs) })
}
