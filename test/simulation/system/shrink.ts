import { explore, type Plan, type Run } from './explore.ts'
import type { Mix } from './mixes.ts'

/** Members of a mix that say how long, not what. */
const TIMES = ['faultsMs', 'healMs', 'stallMs', 'backupEveryMs']

/** A run that breaks what another broke, by fewer kinds of faults. */
export interface Shrunk {
  readonly run: Run
  /** The kinds of faults that are left. */
  readonly needs: readonly string[]
}

/**
 * Leaves out one kind of fault after the other, for as long as the same invariant falls. Each kind
 * draws from generators of its own, so the others mostly stay as they were.
 */
export async function shrink(plan: Plan, broken: Run): Promise<Shrunk> {
  const invariant = broken.violations[0]?.invariant
  let { mix } = plan
  let run = broken
  for (const kind of kindsOf(mix)) {
    const fewer: Mix = { ...mix, [kind]: 0 }
    const tried = await explore({ ...plan, mix: fewer })
    if (tried.violations[0]?.invariant !== invariant) continue
    mix = fewer
    run = tried
  }
  return { run, needs: kindsOf(mix) }
}

function kindsOf(mix: Mix): readonly string[] {
  return Object.entries(mix).flatMap(([kind, amount]) =>
    typeof amount === 'number' && amount > 0 && !TIMES.includes(kind) ? kind : [],
  )
}
