import type { LoadedRegistry } from '@freshet/authority'
import type { EvidenceStore, Observatory } from '@freshet/insight'
import type { Registry } from '@freshet/protocol'
import type { StatusMetrics } from '@freshet/telemetry'
import type { LogReader, Timer } from '@freshet/wire'

/** Counting tokens reads the ledger, so it is done rarely. */
const EVERY_MS = 60_000
const TOKENS_MAX = 100_000

/** The parts that outstanding tokens are counted with. */
export interface CountedTokens {
  readonly observatory: Pick<Observatory, 'pipeline'>
  readonly evidence: Pick<EvidenceStore, 'outstanding'>
  readonly reader: Pick<LogReader, 'bounds'>
  readonly loaded: () => LoadedRegistry
  readonly metrics: Pick<StatusMetrics, 'outstandingSeen'>
  readonly timer: Timer
  readonly onTrouble: (error: unknown) => void
}

/** Keeps the gauge of outstanding tokens current until the signal aborts. */
export async function keepTokens(parts: CountedTokens, signal: AbortSignal): Promise<void> {
  const { timer, onTrouble } = parts
  while (!signal.aborted) {
    await countTokens(parts).catch(onTrouble)
    await timer.sleep(EVERY_MS, signal)
  }
}

async function countTokens(parts: CountedTokens): Promise<void> {
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
