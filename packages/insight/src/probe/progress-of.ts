import { parseRfc3339 } from '@freshet/wire/rfc3339'
import type { TimelineJson } from '../answers/change.ts'
import { counts } from '../edges/edge-status.ts'
import type { ProbeProgress, ProbeStage } from './probe-world.ts'

const STEPS: Readonly<Record<string, ProbeStage['step']>> = {
  appended: 'append',
  recorded: 'record',
  published: 'publish',
}

/** The progress of a change, in the steps of a probe. */
export function progressOf({
  steps,
  edges,
  state,
}: Pick<TimelineJson, 'steps' | 'edges' | 'state'>): ProbeProgress {
  const fromSteps = steps.flatMap(({ stage, at, clock }): readonly ProbeStage[] => {
    const [step, atMs] = [STEPS[stage], parseRfc3339(at)]
    if (step === undefined || atMs === undefined) return []
    return [{ step, edge: null, atMs, clock: clockOf(clock) }]
  })
  const applied = edges.flatMap(({ edge, appliedAt }): readonly ProbeStage[] => {
    const atMs = parseRfc3339(appliedAt ?? '')
    return atMs === undefined ? [] : [{ step: 'apply', edge, atMs, clock: 'edge' }]
  })
  const missing = edges.filter(({ standing, appliedAt }) => counts(standing) && appliedAt === null)
  return {
    stages: [...fromSteps, ...applied],
    missing: missing.map(({ edge }) => edge),
    isApplied: state === 'applied',
  }
}

function clockOf(clock: string): ProbeStage['clock'] {
  return clock === 'broker' || clock === 'source' || clock === 'edge' ? clock : 'reconciler'
}
