import type { TimelineJson } from '@freshet/insight/answers'

/** Edges of which nothing is expected. */
const NOT_AWAITED: readonly string[] = ['disconnected', 'closed', 'starting']

type Step = Pick<TimelineJson['edges'][number], 'edges'>

/** The number of edges that a change must reach, and of those that reported its apply. */
export function edgeCount({ edges }: Pick<TimelineJson, 'edges'>): {
  readonly applied: number
  readonly awaited: number
} {
  const awaited = awaitedEdges({ edges })
  const applied = awaited.filter(({ appliedAt }) => appliedAt !== null)
  return { applied: edgesIn(applied), awaited: edgesIn(awaited) }
}

/** Edges that a change must reach. */
export function awaitedEdges({ edges }: Pick<TimelineJson, 'edges'>): TimelineJson['edges'] {
  return edges.filter(({ standing }) => !NOT_AWAITED.includes(standing))
}

function edgesIn(steps: readonly Step[]): number {
  return steps.reduce((sum, { edges }) => sum + (edges ?? 1), 0)
}
