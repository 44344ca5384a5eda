import { Counter } from 'prom-client'
import type { Metrics } from '../prometheus/metrics.ts'

/** The foreign tokens that an edge verified since its start, by the spelling of their subjects. */
export type ForeignTokenCounts = Readonly<Record<'declared' | 'undeclared' | 'other', number>>

const SPELLINGS = ['declared', 'undeclared', 'other'] as const

/** Registers the counter, and returns the function that raises it to these numbers. Call once per `Metrics`. */
export function foreignMetrics({ registry }: Metrics): (seen: ForeignTokenCounts) => void {
  const tokens = new Counter({
    name: 'freshet_edge_foreign_tokens_total',
    help: 'Foreign tokens that were verified, by the spelling of their subject: in the declared form, accepted without a declared form, or in another form and refused.',
    labelNames: ['subject'],
    registers: [registry],
  })
  const before = { declared: 0, undeclared: 0, other: 0 }
  return (seen) => {
    for (const subject of SPELLINGS) {
      tokens.inc({ subject }, Math.max(0, seen[subject] - before[subject]))
      before[subject] = seen[subject]
    }
  }
}
