import { PROBE_NAME } from '@freshet/protocol/slo'
import { FINDINGS, type HealthFinding, type FindingId } from '../findings/findings.ts'
import { serviceKindOf } from '../findings/service-health.ts'

const BUDGETS: readonly FindingId[] = ['budgetFast', 'budgetSlow', 'budgetSpent']
/** The results of a stop at the edges. */
const AT_EDGES: readonly FindingId[] = [
  'edgesStale',
  'edgeStale',
  'edgeAway',
  'edgeLags',
  'probeLost',
  ...BUDGETS,
]
/** The results of a stop before the revocation topic. */
const PUBLISHING: readonly FindingId[] = [
  'publishingStopped',
  'outboxStuck',
  'outboxGrows',
  ...AT_EDGES,
]
/** The results of a stop of recording: heartbeats of sources are not recorded either. */
const RECORDING: readonly FindingId[] = [
  'recordingStopped',
  'recordingLags',
  'recordsWait',
  'sourceSilent',
  'sourceLate',
  ...PUBLISHING,
]

/** The results of a service of each kind that does not answer; of every other kind, those of an edge. */
const OF_SERVICES: Readonly<Record<string, readonly FindingId[]>> = {
  reconciler: RECORDING,
  gateway: ['sourceSilent', 'sourceLate', 'probeLost', ...BUDGETS],
  authority: ['probeLost', ...BUDGETS],
}

const OF_STOPPED: readonly FindingId[] = ['recordingLags', 'sourceSilent', 'sourceLate']

/** The results of each finding that is a cause of others. Causes stand before their results. */
const RESULTS: Readonly<Partial<Record<FindingId, readonly FindingId[]>>> = {
  databaseAway: Object.keys(FINDINGS) as FindingId[],
  // A service that gives no answer at all has stopped by itself.
  lagUnknown: ['serviceNotReady', 'noEdge', 'edgeGone', 'probeAbsent', ...RECORDING],
  serviceDown: [],
  policyNone: ['serviceNotReady', 'partitionPaused', 'policyOther', ...RECORDING],
  serviceNotReady: [],
  partitionPaused: RECORDING,
  recordingStopped: RECORDING,
  recordsWait: [...OF_STOPPED, 'probeLost', ...BUDGETS],
  recordingLags: [...OF_STOPPED, 'probeLost', ...BUDGETS],
  publishingStopped: PUBLISHING,
  outboxStuck: PUBLISHING,
  sourceSilent: BUDGETS,
  sourceLate: BUDGETS,
  edgesStale: ['edgeLags', 'probeLost', ...BUDGETS],
  edgeStale: ['edgeLags', 'probeLost', ...BUDGETS],
  edgeGone: ['probeLost', ...BUDGETS],
  edgeLags: ['probeLost', ...BUDGETS],
  probeLost: BUDGETS,
}
const CAUSES = Object.keys(RESULTS)
/** The end of one lease is the fault of its source; two at once have a cause in common. */
const IN_COMMON: readonly FindingId[] = ['recordsWait', 'recordingLags']
const SOURCES: readonly FindingId[] = ['sourceSilent', 'sourceLate']

/** A finding that no other explains, with those that it explains. */
export interface RootCause {
  readonly finding: HealthFinding
  readonly symptoms: readonly HealthFinding[]
}

/** Folds findings under their causes. A finding that several causes explain is put under the first of them. */
export function rootCauses(findings: readonly HealthFinding[]): readonly RootCause[] {
  const ordered = findings.toSorted((a, b) => rankOf(a) - rankOf(b))
  const silent = new Set(ordered.filter(isOfSource).map(({ object }) => object)).size
  const roots: { finding: HealthFinding; symptoms: HealthFinding[] }[] = []
  for (const finding of ordered) {
    const root = roots.find(({ finding: cause, symptoms }) =>
      [cause, ...symptoms].some((each) => explains(each, finding, silent)),
    )
    if (root === undefined) roots.push({ finding, symptoms: [] })
    else root.symptoms.push(finding)
  }
  return roots
}

function explains(cause: HealthFinding, result: HealthFinding, silent: number): boolean {
  if (IN_COMMON.includes(cause.id) && isOfSource(result) && silent < 2) return false
  if (result.missesNothing === true && isSilence(cause)) return true
  if (isOfSource(cause)) {
    if (isOfSource(result)) return isSameSilence(cause, result)
    if (result.id === 'probeLost') return cause.tenant === PROBE_NAME
  }
  if (cause.id === result.id) return false
  const isService = isOfService(cause)
  const results = isService ? OF_SERVICES[serviceKindOf(cause.object)] : RESULTS[cause.id]
  if (results !== undefined) return results.includes(result.id)
  if (!isService) return false
  return result.id === 'edgeGone' ? result.object === cause.object : AT_EDGES.includes(result.id)
}

function isOfSource({ id }: HealthFinding): boolean {
  return SOURCES.includes(id)
}

function isOfService({ id }: HealthFinding): boolean {
  return id === 'serviceDown' || id === 'serviceNotReady'
}

/** No heartbeat comes from a source, or by the gateway, and the view of each edge ages. */
function isSilence(cause: HealthFinding): boolean {
  return isOfSource(cause) || (isOfService(cause) && serviceKindOf(cause.object) === 'gateway')
}

/** One source in several tenants: the same act ends its silence in all of them. */
function isSameSilence(one: HealthFinding, other: HealthFinding): boolean {
  return one.object === other.object && one.remedy === other.remedy
}

/**
 * Returns the place of a finding among the causes; behind them those without results, and budgets last. A source is
 * named by its silence for real tenants rather than for probes.
 */
function rankOf({ id, tenant }: HealthFinding): number {
  const at = CAUSES.indexOf(id)
  if (at >= 0) return at + (tenant === PROBE_NAME ? 0.5 : 0)
  return CAUSES.length + Number(BUDGETS.includes(id))
}
