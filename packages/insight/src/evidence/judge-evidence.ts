import { EVIDENCE_ROWS, type EvidenceRule } from './evidence-rows.ts'
import type { Figure } from './figure.ts'
import type { Measurements } from './measurements.ts'

/** A row of the report, with what was measured. */
export interface EvidenceRow extends Omit<EvidenceRule, 'measure'>, Figure {
  /** The time of the measurement, in milliseconds since 1970. */
  readonly atMs: number
}

/** Every row by what was measured. Total: what was not measured is unknown. */
export function judgeEvidence(measurements: Measurements): readonly EvidenceRow[] {
  return EVIDENCE_ROWS.map(({ measure, ...row }) => ({
    ...row,
    ...measure(measurements),
    atMs: measurements.atMs,
  }))
}
