import { formatRfc3339 } from '@freshet/wire'
import type { EvidenceRowAnswer } from '../answers/evidence.ts'
import { EVIDENCE_ROWS } from './evidence-rows.ts'
import type { Measurements } from './measurements.ts'

/** Every row by what was measured. Total: what was not measured is unknown. */
export function judgeEvidence(measurements: Measurements): readonly EvidenceRowAnswer[] {
  const at = formatRfc3339(measurements.atMs)
  return EVIDENCE_ROWS.map(({ measure, ...row }) => ({ ...row, ...measure(measurements), at }))
}
