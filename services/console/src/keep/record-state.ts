import type { EdgeStatusLabel, PartitionLag, StatusMetrics } from '@freshet/telemetry'
import { CHANGES_TOPIC, REVOCATIONS_TOPIC } from '@freshet/wire'
import type { SeenState } from '../health/keep-health.ts'

type Counted = Pick<SeenState, 'edges' | 'uncounted' | 'edgeLags' | 'recording'>

/** Puts the edges and the lag of a look into the metrics. */
export function recordState(
  metrics: Pick<StatusMetrics, 'edgesSeen' | 'lagSeen'>,
): (state: Counted) => void {
  return ({ edges, uncounted, recording, edgeLags }) => {
    const counts = new Map<EdgeStatusLabel, number>([['uncounted', uncounted]])
    for (const { standing, edges: group = 1 } of edges)
      counts.set(standing, (counts.get(standing) ?? 0) + group)
    metrics.edgesSeen(counts)
    metrics.lagSeen([...recordingLags(recording), ...lagsOfEdges(edgeLags)])
  }
}

function recordingLags(recording: Counted['recording']): readonly PartitionLag[] {
  return recording.flatMap(({ partition, behindMs }) =>
    behindMs === null ? [] : [{ topic: CHANGES_TOPIC, partition, behindMs }],
  )
}

/** The lag in each partition of the connected edge with the largest one. */
function lagsOfEdges(lags: Counted['edgeLags']): readonly PartitionLag[] {
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
