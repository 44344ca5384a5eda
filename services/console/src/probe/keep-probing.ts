import type { LoadedRegistry } from '@freshet/authority'
import { PROBE_NAME, probedClaims, minuteOf, type Slo } from '@freshet/protocol/slo'
import type { Timer } from '@freshet/wire'
import {
  runProbe,
  sloCounts,
  type ProbeRun,
  type ProbeWorld,
  type SliStore,
} from '@freshet/insight'
import type { ProbeMetrics } from '@freshet/telemetry'
import type { ProbeReport } from './probe-report.ts'

/** The time between the starts of two probes of a claim. */
const EVERY_MS = 10_000
/** The time until services that start together are connected: no token is minted before. */
const START_AFTER_MS = 30_000
/** The promise: the lease of 5 s and the tolerance of 2 s. */
const WITHIN_MS = 7_000
const ASK_EVERY_MS = 50
/** The part of the interval after which a heartbeat that failed is sent again. Later ones keep the interval. */
const SOON_SHARE = 1 / 4
/** A rest that takes so much longer was a stop of this process, for example with its machine. */
const STOPPED_MS = 3_000
/** The time after a stop until the heartbeats of the probes’ source count again: no token is minted before. */
const CATCH_UP_MS = 5_000

/** The interval at which a console checks whether a policy version is active. */
const POLL_EVERY_MS = 1_000

/** The parts that probing needs. */
export interface ProbingParts {
  readonly worldOf: (claim: string) => ProbeWorld
  /** Sends a heartbeat of the probes’ source. */
  readonly sendHeartbeat: () => Promise<void>
  readonly loaded: () => LoadedRegistry
  readonly slis: Pick<SliStore, 'add'>
  readonly slos: readonly Slo[]
  readonly metrics: ProbeMetrics
  readonly report: ProbeReport
  readonly timer: Timer
  readonly onBroken: (claim: string, broken: NonNullable<ProbeRun['broken']>) => void
  readonly onTrouble: (error: unknown) => void
}

/** Works once a policy version is active. Before, no token is minted, so each probe would be lost. */
export async function onceActive(
  { isActive, timer }: { readonly isActive: () => boolean; readonly timer: Pick<Timer, 'sleep'> },
  work: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && !isActive()) await timer.sleep(POLL_EVERY_MS, signal)
  if (!signal.aborted) await work()
}

/** Probes every claim of the probes in turn until the signal aborts, and sends their source's heartbeats. */
export async function keepProbing(parts: ProbingParts, signal: AbortSignal): Promise<void> {
  await Promise.all([keepHeartbeats(parts, signal), keepWalking(parts, signal)])
}

async function keepHeartbeats(
  { sendHeartbeat, loaded, timer, onTrouble }: ProbingParts,
  signal: AbortSignal,
): Promise<void> {
  let wasSent = true
  while (!signal.aborted) {
    const isSent = await sendHeartbeat().then(
      () => true,
      (error: unknown) => {
        onTrouble(error)
        return false
      },
    )
    // After a stop of this process its connection is gone. The next attempt opens another one.
    const isSoon = wasSent && !isSent
    wasSent = isSent
    await timer.sleep(heartbeatMsOf(loaded()) * (isSoon ? SOON_SHARE : 1), signal)
  }
}

async function keepWalking(parts: ProbingParts, signal: AbortSignal): Promise<void> {
  const { loaded, timer } = parts
  await rest(timer, START_AFTER_MS, signal)
  while (!signal.aborted) {
    const startedMs = timer.monotonicMs()
    const claims = probedClaims(loaded().registry)
    parts.report.keepOnly(claims)
    for (const claim of claims) {
      if (!signal.aborted) await probeOnce(parts, claim, signal)
    }
    await rest(timer, Math.max(0, EVERY_MS - (timer.monotonicMs() - startedMs)), signal)
  }
}

/** Rests, and longer after a stop: a probe would be lost by the silence of its own source. */
async function rest(timer: Timer, forMs: number, signal: AbortSignal): Promise<void> {
  const beganMs = timer.monotonicMs()
  await timer.sleep(forMs, signal)
  if (timer.monotonicMs() - beganMs - forMs > STOPPED_MS) await timer.sleep(CATCH_UP_MS, signal)
}

async function probeOnce(
  { worldOf, timer: clock, metrics, report, onBroken, onTrouble, ...kept }: ProbingParts,
  claim: string,
  signal: AbortSignal,
): Promise<void> {
  metrics.sent()
  const terms = { clock, withinMs: WITHIN_MS, everyMs: ASK_EVERY_MS, signal }
  const run = await runProbe(worldOf(claim), terms)
  // A probe that the end of the process interrupted has no result.
  if (signal.aborted) return
  if (run.tookMs === null) metrics.lost()
  else metrics.acked(run.tookMs)
  report.record(claim, clock.nowMs(), run)
  if (run.broken !== null) onBroken(claim, run.broken)
  await count(kept, claim, { isGood: run.tookMs !== null, atMs: clock.nowMs() }).catch(onTrouble)
}

/** S5: allowed before and refused after, at every target. */
async function count(
  { slis, slos, loaded }: Pick<ProbingParts, 'slis' | 'slos' | 'loaded'>,
  claim: string,
  { isGood, atMs }: { readonly isGood: boolean; readonly atMs: number },
): Promise<void> {
  const named = loaded().registry.claims.get(claim)?.class ?? null
  const of = { sli: 'correctness', class: named, origin: 'probe', valueMs: null, isGood } as const
  const counts = sloCounts(slos, [of], minuteOf(atMs))
  if (counts.length > 0) await slis.add(counts)
}

function heartbeatMsOf({ registry }: LoadedRegistry): number {
  return registry.sources.get(PROBE_NAME)?.heartbeatMs ?? EVERY_MS
}
