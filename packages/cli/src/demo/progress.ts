import type { TimelineJson } from '@freshet/insight/answers'
import type { DemoProgress, DemoStep } from './world.ts'

/** The progress of a change, with times since its commit. */
export function demoProgressOf(item: TimelineJson | undefined): DemoProgress | undefined {
  const start = item?.steps[0]
  if (!item || !start) return undefined
  const after = (at: string): number => Date.parse(at) - Date.parse(start.at)
  const steps = item.steps.map(({ stage, at, clock }) => ({ stage, afterMs: after(at), clock }))
  const applied = item.edges.flatMap(({ edge, appliedAt }): readonly DemoStep[] =>
    appliedAt === null
      ? []
      : [{ stage: `applied at ${edge}`, afterMs: after(appliedAt), clock: 'edge' }],
  )
  const { state, tokensMarked, marking } = item
  return { state, tokensMarked, isMarked: marking === 'done', steps: [...steps, ...applied] }
}
