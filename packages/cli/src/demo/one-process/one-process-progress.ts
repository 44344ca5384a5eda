import { timelineOf, type KnownEdge, type LatestApply } from '@freshet/insight'
import { decodeEdgeReport, EDGE_REPORTS_TOPIC, type LogRecord } from '@freshet/wire'
import { systemClock } from '@freshet/runtime'
import { demoProgressOf } from '../progress.ts'
import type { DemoProgress } from '../world.ts'
import type { OneProcess } from './one-process-parts.ts'

/** The applies that a demo keeps, the latest ones. */
const APPLIES_MAX = 10_000

/** The progress of changes, by the reports of the edges. */
export interface FollowedProgress {
  readonly progress: (id: string) => DemoProgress | undefined
  /** Resolves once the signal has aborted. */
  readonly followed: Promise<void>
}

/** Follows the reports of the edges of this process until the signal aborts. */
export function followProgress(
  { log, database }: OneProcess,
  signal: AbortSignal,
): FollowedProgress {
  const edges = new Map<string, KnownEdge>()
  const applies: LatestApply[] = []
  const take = (record: LogRecord): void => {
    const report = decodeEdgeReport(record)
    if (report === undefined) return
    const { edge, audience, version, state, partitions } = report
    const { appendedAtMs: reportedAtMs } = record
    const isLive = state !== 'starting' && state !== 'closing'
    const liveSinceMs = isLive ? (edges.get(edge)?.liveSinceMs ?? reportedAtMs) : null
    const at = { reportedAtMs, liveSinceMs, signer: null }
    edges.set(edge, { edge, audience, version, state, partitions, ...at })
    for (const { partition, applies: more } of partitions)
      for (const apply of more) applies.push({ ...apply, edge, partition, reportedAtMs })
    applies.splice(0, applies.length - APPLIES_MAX)
  }
  const follower = {
    onRecords: async (_partition: number, records: readonly LogRecord[]) => records.forEach(take),
    onOffsetLost: (_partition: number, lost: { readonly earliest: bigint }) => lost.earliest,
  }
  const follow = async (): Promise<void> => {
    const bounds = await log.bounds(EDGE_REPORTS_TOPIC)
    const from = new Map(bounds.map(({ partition, earliest }) => [partition, earliest]))
    await log.follow(EDGE_REPORTS_TOPIC, from, follower, signal)
  }
  return {
    progress(id) {
      const change = database.changeLog.values().find((row) => row.id === id)
      if (change === undefined) return undefined
      const { partition, revocationOffset } = change
      // The first apply of each edge beyond the offset: `timelineOf` takes the last of one edge.
      const beyond = applies
        .filter((apply) => apply.partition === partition && apply.upTo > (revocationOffset ?? 0n))
        .toReversed()
      const isMarking = database.tokenMarks.values().some((mark) => mark.change === id)
      const logged = isMarking ? { ...change, isMarking } : change
      const witnesses = { edges: [...edges.values()], applies: beyond }
      return demoProgressOf(timelineOf(logged, witnesses, systemClock.nowMs()))
    },
    followed: follow(),
  }
}
