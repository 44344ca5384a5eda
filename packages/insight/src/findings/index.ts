export {
  healthFindings,
  FINDINGS,
  WITHOUT_FINDING,
  type HealthFinding,
  type FindingId,
} from './findings.ts'
export type { Fault, FindingRule, HealthFigures, ServiceCheck, Weight } from './finding-rule.ts'
export { countOf, quoted, spanOf } from './words.ts'
