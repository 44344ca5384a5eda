import { randomOf } from '../random.ts'
import { SUBJECTS } from './workload.ts'

/** Who takes part in a run. */
export interface Cast {
  /** Hosts that never start. */
  readonly without: ReadonlySet<string>
  readonly subjects: readonly string[]
}

/** Of each two of a kind, the one that may be missing, and how often it is. */
export const SECONDS: Readonly<Record<string, number>> = {
  'gateway-b': 0.3,
  'authority-b': 0.3,
  'edge-b': 0.3,
  // Without it there are no zombies.
  'reconciler-b': 0.2,
}

/** Who takes part at a seed: a deployment may have one process of a kind, or two. */
export function castOf(seed: number): Cast {
  const random = randomOf(seed, 'cast')
  const missing = Object.entries(SECONDS).filter(([, share]) => random.chance(share))
  return { without: new Set(missing.map(([name]) => name)), subjects: SUBJECTS }
}
