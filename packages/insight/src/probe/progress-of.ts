import { counts } from '../edges/edge-standing.ts'
import type { Timeline } from '../changes/timeline.ts'
import type { ProbeProgress, ProbeStage } from './probe-world.ts'

const STEPS = { appended: 'append', recorded: 'record', published: 'publish' } as const

/** The progress of a change, in the steps of a probe. */
export function progressOf({ steps, edges, state }: Timeline): ProbeProgress {
  const told = steps.flatMap(({ stage, atMs, clock }): readonly ProbeStage[] => {
    if (stage === 'committed' || stage === 'received') return []
    return [{ step: STEPS[stage], edge: null, atMs, clock }]
  })
  const applied = edges.flatMap(({ edge, appliedAtMs: atMs }): readonly ProbeStage[] =>
    atMs === null ? [] : [{ step: 'apply', edge, atMs, clock: 'edge' }],
  )
  const missing = edges.filter(
    ({ standing, appliedAtMs }) => counts(standing) && appliedAtMs === null,
  )
  return {
    stages: [...told, ...applied],
    missing: missing.map(({ edge }) => edge),
    isApplied: state === 'applied',
  }
}
