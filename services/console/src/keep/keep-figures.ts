import type { LoadedRegistry } from '@freshet/authority'
import type { Registry } from '@freshet/protocol'
import { CHANGES_TOPIC, REVOCATIONS_TOPIC, type LogReader, type Timer } from '@freshet/wire'
import type { EvidenceStore, Observatory } from '@freshet/insight'
import type { Lag } from '@freshet/insight/answers'
import type { EdgeStandingLabel, PartitionLag, StandingMetrics } from '@freshet/telemetry'

const EVERY_MS = 5_000
/** Counting tokens reads the ledger, so it is done less often. */
const TOKENS_EVERY_MS = 60_000
const TOKENS_MAX = 100_000

/** The parts that the figures of the state are read from. */
export interface FigureParts {
  readonly observatory: Pick<Observatory, 'edges' | 'uncountedEdges' | 'lag' | 'pipeline'>
  readonly evidence: Pick<EvidenceStore, 'outstanding'>
  readonly reader: Pick<LogReader, 'bounds' | 'read'>
  readonly loaded: () => LoadedRegistry
  readonly metrics: StandingMetrics
  readonly timer: Timer
  readonly onTrouble: (error: unknown) => void
}

/** Keeps the gauges of how everything stands current until the signal aborts. */
export async function keepFigures(parts: FigureParts, signal: AbortSignal): Promise<void> {
  const { timer, onTrouble } = parts
  let tokensAtMs = Number.NEGATIVE_INFINITY
  while (!signal.aborted) {
    await lookAtEdges(parts).catch(onTrouble)
    if (timer.monotonicMs() - tokensAtMs >= TOKENS_EVERY_MS) {
      tokensAtMs = timer.monotonicMs()
      await lookAtTokens(parts).catch(onTrouble)
    }
    await timer.sleep(EVERY_MS, signal)
  }
}

async function lookAtEdges({ observatory, reader, metrics }: FigureParts): Promise<void> {
  const [edges, lag] = await Promise.all([observatory.edges(), observatory.lag(reader)])
  const uncounted = await observatory.uncountedEdges()
  const counts = new Map<EdgeStandingLabel, number>([['uncounted', uncounted]])
  for (const { standing, edges: group = 1 } of edges)
    counts.set(standing, (counts.get(standing) ?? 0) + group)
  metrics.edgesSeen(counts)
  metrics.lagSeen([...recordingLags(lag), ...edgeLags(lag.edges)])
}

function recordingLags({ recording }: Pick<Lag, 'recording'>): readonly PartitionLag[] {
  return recording.flatMap(({ partition, behindMs }) =>
    behindMs === null ? [] : [{ topic: CHANGES_TOPIC, partition, behindMs }],
  )
}

/** The lag in each partition of the connected edge with the largest one. */
function edgeLags(lags: Lag['edges']): readonly PartitionLag[] {
  const most = new Map<number, number>()
  for (const { standing, partition, behindMs } of lags) {
    if (behindMs === null || standing === 'disconnected' || standing === 'closed') continue
    most.set(partition, Math.max(most.get(partition) ?? 0, behindMs))
  }
  return [...most].map(([partition, behindMs]) => ({
    topic: REVOCATIONS_TOPIC,
    partition,
    behindMs,
  }))
}

async function lookAtTokens(parts: FigureParts): Promise<void> {
  const { observatory, reader, evidence, loaded, metrics, timer } = parts
  const { partitions } = await observatory.pipeline(loaded().registry, reader)
  const minimumPv = Math.max(0, ...partitions.map((each) => each.minimumPv))
  const { kinds } = await evidence.outstanding({ atMs: timer.nowMs(), minimumPv }, TOKENS_MAX)
  metrics.outstandingSeen(tokensByClass(kinds, loaded().registry))
}

function tokensByClass(
  kinds: Awaited<ReturnType<EvidenceStore['outstanding']>>['kinds'],
  { claims }: Registry,
): ReadonlyMap<string, number> {
  const counts = new Map([...claims.values()].map(({ class: named }) => [named, 0]))
  for (const { claims: names, tokens } of kinds) {
    const classes = new Set(names.flatMap((name) => claims.get(name)?.class ?? []))
    for (const named of classes) counts.set(named, (counts.get(named) ?? 0) + tokens)
  }
  return counts
}
