import { REVOCATIONS_TOPIC } from '@freshet/wire'
import type { AlertKey } from '../alerts.ts'
import type { Labels } from '../rules/rule.ts'

/** While a cause pages, its symptoms notify no person in the same cluster. */
export interface Inhibition {
  readonly cause: AlertKey
  /** Labels of the cause, where not each alert of its name explains the symptoms. */
  readonly of?: Labels
  readonly symptoms: readonly AlertKey[]
  /** Labels of the symptoms, where the cause does not explain each alert of their names. */
  readonly to?: Labels
  /** The labels besides `cluster` that both alerts share. */
  readonly equal?: readonly string[]
}

/** Trust ends at every edge, and so do the probes and the objectives. */
const UNTRUSTED: readonly AlertKey[] = ['notFresh', 'denyingUnverified', 'probeLost', 'budgetFast']
/** No heartbeat reaches an edge. */
const UNPUBLISHED: readonly AlertKey[] = ['outboxStuck', 'edgesStale', ...UNTRUSTED]
/** The lag of edges. That of recording has another cause. */
const OF_EDGES = { topic: REVOCATIONS_TOPIC }
/** No change and no heartbeat is recorded. */
const UNRECORDED: readonly AlertKey[] = [
  'publishingStopped',
  'sourceSilent',
  'timeLag',
  'coverageGap',
  ...UNPUBLISHED,
]

/**
 * Causes and their symptoms. Absent targets are no cause: jobs of other names would hide every symptom. No alert about
 * a request that was wrongly allowed is a symptom.
 */
export const INHIBITIONS: readonly Inhibition[] = [
  {
    cause: 'serviceDown',
    of: { service: 'reconciler' },
    symptoms: ['recordingStopped', ...UNRECORDED],
  },
  { cause: 'serviceDown', of: { service: 'gateway' }, symptoms: ['sourceSilent', ...UNTRUSTED] },
  { cause: 'serviceDown', of: { service: 'authority' }, symptoms: ['probeLost', 'budgetFast'] },
  {
    cause: 'serviceDown',
    of: { service: 'console' },
    symptoms: ['healthUnknown', 'probeAbsent'],
  },
  {
    cause: 'serviceDown',
    of: { service: 'sidecar' },
    symptoms: ['edgesGone', 'edgesStale', 'probeLost', 'budgetFast'],
  },
  // The console knows nothing newer either while the database is away.
  { cause: 'recordingStopped', symptoms: ['healthUnknown', ...UNRECORDED] },
  { cause: 'publishingStopped', symptoms: UNPUBLISHED },
  { cause: 'publishingStopped', symptoms: ['timeLag'], to: OF_EDGES },
  // The lag of one partition is no symptom of another one.
  { cause: 'partitionPaused', symptoms: ['timeLag'], equal: ['partition'] },
  { cause: 'partitionPaused', symptoms: ['sourceSilent', 'coverageGap', ...UNTRUSTED] },
  { cause: 'outboxStuck', symptoms: ['edgesStale', ...UNTRUSTED] },
  { cause: 'outboxStuck', symptoms: ['timeLag'], to: OF_EDGES },
  { cause: 'sourceSilent', symptoms: ['notFresh', 'denyingUnverified'] },
  { cause: 'edgesStale', symptoms: UNTRUSTED },
  { cause: 'edgesGone', symptoms: ['probeLost', 'budgetFast'] },
  { cause: 'probeLost', symptoms: ['budgetFast'] },
]
