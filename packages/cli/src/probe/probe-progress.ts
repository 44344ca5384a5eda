import type { TimelineJson } from '@freshet/insight/answers'
import type { ProbeProgress, ProbeStage } from '@freshet/insight'
import { awaitedEdges } from '../output/changes/waterfall.ts'

const STEPS: Readonly<Record<string, ProbeStage['step']>> = {
  appended: 'append',
  recorded: 'record',
  published: 'publish',
}

/** The progress of a change, from the console. */
export function probeProgressOf(change: TimelineJson): ProbeProgress {
  const told = change.steps.flatMap(({ stage, at, clock }): readonly ProbeStage[] => {
    const step = STEPS[stage]
    return step === undefined
      ? []
      : [{ step, edge: null, atMs: Date.parse(at), clock: clockOf(clock) }]
  })
  const applied = change.edges.flatMap(({ edge, appliedAt }): readonly ProbeStage[] =>
    appliedAt === null ? [] : [{ step: 'apply', edge, atMs: Date.parse(appliedAt), clock: 'edge' }],
  )
  const missing = awaitedEdges(change).filter(({ appliedAt }) => appliedAt === null)
  return {
    stages: [...told, ...applied],
    missing: missing.map(({ edge }) => edge),
    isApplied: change.state === 'applied',
  }
}

function clockOf(clock: string): ProbeStage['clock'] {
  return clock === 'broker' || clock === 'source' || clock === 'edge' ? clock : 'reconciler'
}
