import { randomOf } from '../random.ts'
import { SUBJECTS } from './workload.ts'

/** The processes and subjects of a run. */
export interface Cast {
  /** Hosts that never start. */
  readonly without: ReadonlySet<string>
  readonly subjects: readonly string[]
}

/** The host of each pair that can be missing, and the share of runs without it. */
export const SECONDS: Readonly<Record<string, number>> = {
  'gateway-b': 0.3,
  'authority-b': 0.3,
  'edge-b': 0.3,
  // Without it there are no zombies.
  'reconciler-b': 0.2,
}

/** Returns the participants of a seed: a deployment can have one process of a kind, or two. */
export function castOf(seed: number): Cast {
  const random = randomOf(seed, 'cast')
  const missing = Object.entries(SECONDS).filter(([, share]) => random.chance(share))
  return { without: new Set(missing.map(([name]) => name)), subjects: SUBJECTS }
}
