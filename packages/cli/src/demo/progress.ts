import type { DemoProgress, DemoStep } from './world.ts'

/** The console's answer about a change, as far as the demo reads it. */
export interface TimelineAnswer {
  readonly items: readonly TimelineItem[]
}

interface TimelineItem {
  readonly state: string
  readonly tokensMarked: number
  readonly marking?: 'pending' | 'done'
  readonly steps: readonly { readonly stage: string; readonly at: string; readonly clock: string }[]
  readonly edges: readonly { readonly edge: string; readonly appliedAt: string | null }[]
}

/** The progress of a change, with times since its commit. */
export function demoProgressOf(answer: TimelineAnswer | undefined): DemoProgress | undefined {
  const item = answer?.items[0]
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
