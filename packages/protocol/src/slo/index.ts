export { deniedAfter, type DeniedCounts } from './denied-by-reason.ts'
export {
  admitReport,
  isLateReport,
  REPORT_REFUSALS,
  type ReportAdmission,
  type NameBefore,
  type ReportProof,
  type ReportRefusal,
  type ReportSigner,
  type ReportTimes,
} from './admit-report.ts'
export {
  allowedErrors,
  BAD_EVENTS_MIN,
  budgetOf,
  burnRate,
  type Budget,
  type Measured,
} from './budget.ts'
export { measuredClass } from './change-class.ts'
export { BURN_WINDOWS, burnRows, fires, type BurnRow } from './burn-windows.ts'
export {
  BULK_CLASS,
  LATENCY_BUCKETS,
  type BurnWindow,
  type SampleOrigin,
  type Sli,
  type Slo,
  type SloAlert,
} from './slo.ts'
export {
  COUNTED_WITHIN_MS,
  COUNTED_EDGES_MAX,
  EXACT_EDGES_MAX,
  GROUPED_WITHIN_MS,
  groupName,
  passesOf,
  type Pass,
  type PassTerms,
  type ReportedApplies as ToldApplies,
} from './edge-group.ts'
export {
  afterReport,
  EDGE_MISSED_MS,
  lastHeartbeatMsOf,
  MINUTE_MS,
  minuteOf,
  oldestBetween,
  oldestViewMs,
  STALE_VIEW_MS,
  UNSEEN_VIEW_MS,
  type AfterReport,
  type EdgeSoFar,
  type ReportedBefore,
  type ReportedViews,
} from './edge-minute.ts'
export {
  LATENCY_BOUNDS_MS,
  LATENCY_STAGES,
  latencyBucket,
  NEVER_MS,
  P99_EVENTS_MIN,
  type LatencyStage,
} from './latency.ts'
export { unmeasuredClasses, type UnmeasuredClass } from './unmeasured-classes.ts'
export { sendsIn, isOfProbes, PROBE_NAME, probedClaims } from './probe.ts'
