export * from './denied-by-reason.ts'
export * from './admit-report.ts'
export * from './budget.ts'
export * from './change-class.ts'
export * from './burn-windows.ts'
export * from './slo.ts'
export {
  COUNTED_WITHIN_MS,
  COUNTED_EDGES_MAX,
  EXACT_EDGES_MAX,
  GROUPED_WITHIN_MS,
  groupName,
  passesOf,
  type Pass,
  type PassTerms,
  type ReportedApplies,
} from './edge-group.ts'
export * from './edge-minute.ts'
export * from './latency.ts'
export * from './unmeasured-classes.ts'
export * from './probe.ts'
