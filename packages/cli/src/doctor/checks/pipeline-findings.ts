import type { HealthAnswer, Status } from '@freshet/insight/answers'
import {
  healthFindings,
  type HealthFinding,
  type FindingId,
  type HealthFigures,
} from '@freshet/insight/findings'
import { errorCodes } from '@freshet/protocol'
import { loadRegistry } from '@freshet/runtime'
import type { CheckFinding } from '../check.ts'

/** The findings that each check of the pipeline looks for, by the name of the check. */
export const CHECKED = {
  'the active policy is this registry’s': ['policyNone', 'policyOther'],
  'the active policy warns of nothing': ['registryWarning'],
  'every source sends heartbeats': ['sourceSilent', 'sourceUnheard'],
  'no source must send a snapshot': ['sourceUnstated', 'accountsOmitted'],
  'no partition pauses': ['partitionPaused'],
  'changes are recorded as they come': ['neverRecorded', 'lagUnknown', 'recordsWait'],
  'the reconciler publishes': [
    'recordingStopped',
    'publishingStopped',
    'outboxGrows',
    'rowsHidden',
  ],
  'nothing is quarantined': ['parkedMeant', 'parkedNotMeant'],
  'every edge is live without lag': [
    'noEdge',
    'edgesUncounted',
    'edgesStale',
    'edgeStale',
    'edgeGone',
    'edgeAway',
  ],
} as const

/** The titles of these checks. */
export const TITLES: Readonly<Record<keyof typeof CHECKED, string>> = {
  'the active policy is this registry’s': 'active policy',
  'the active policy warns of nothing': 'warnings of the policy',
  'every source sends heartbeats': 'sources',
  'no source must send a snapshot': 'awaited snapshots',
  'no partition pauses': 'paused partitions',
  'changes are recorded as they come': 'recording',
  'the reconciler publishes': 'publishing',
  'nothing is quarantined': 'quarantine',
  'every edge is live without lag': 'edges',
}

/** The findings that the doctor does not look for, each with the reason. */
export const UNCHECKED: Readonly<Partial<Record<FindingId, string>>> = {
  databaseAway: 'The doctor asks the database itself.',
  serviceDown: 'The doctor asks each service itself.',
  serviceNotReady: 'The doctor asks each service itself.',
  clockOff: '`freshet status` shows it; the doctor compares the clocks of the stores.',
  budgetFast: '`freshet slo report` shows what a budget lost over days.',
  budgetSlow: '`freshet slo report` shows what a budget lost over days.',
  budgetSpent: '`freshet slo report` shows what a budget lost over days.',
  sourceLate: 'The next heartbeat ends it, or it becomes sourceSilent.',
  recordingLags: '`freshet lag` shows it; the doctor counts the records.',
  edgeLags: '`freshet lag` shows it; the doctor names the stale edges.',
  outboxStuck: 'publishingStopped finds it sooner.',
  probeAbsent: '`freshet status` shows it, and probes are not required.',
  probeLost: '`freshet status` shows it; the doctor finds the cause.',
  routesOpen: 'An operator opened them: `freshet status` lists them.',
}

/** The findings with which the doctor does not fail. */
const WARNINGS: ReadonlySet<FindingId> = new Set([
  'registryWarning',
  'sourceUnstated',
  'accountsOmitted',
  'parkedMeant',
  'parkedNotMeant',
  'noEdge',
])

/** Reports the findings of a check. Its outcome, meaning and fix are those of the worst, the first of these. */
export function findingOf(
  name: keyof typeof CHECKED,
  figures: HealthFigures,
  okText: string,
): CheckFinding {
  const ids: readonly FindingId[] = CHECKED[name]
  const found = healthFindings(figures).filter(({ id }) => ids.includes(id))
  const worst = found.find(({ id }) => !WARNINGS.has(id)) ?? found[0]
  if (worst === undefined) return { outcome: 'ok', detail: okText }
  return {
    outcome: WARNINGS.has(worst.id) ? 'warning' : 'failed',
    detail: found.map(({ what }) => what).join('; '),
    means: worst.effect,
    fix: remedyOf(worst),
  }
}

/** An error behind the finding has a remedy of its own. */
function remedyOf({ code, remedy }: HealthFinding): string {
  const entry = Object.entries(errorCodes).find(([each]) => each === code)
  return entry?.[1].remedy ?? remedy
}

/** Reports the one verdict, by its first cause. The other checks show the place of each fault. */
export function verdictFinding({
  state,
  causes,
}: Pick<HealthAnswer, 'state' | 'causes'>): CheckFinding {
  const [root] = causes
  if (state === 'fresh' || root === undefined) return { outcome: 'ok', detail: state }
  const more = causes.length === 1 ? '' : `, and ${causes.length - 1} more`
  return {
    outcome: state === 'degraded' ? 'warning' : 'failed',
    detail: `${state}: ${root.what}${more}`,
    means: root.effect,
    fix: root.do,
  }
}

/** Hash of a registry file as activations carry it. */
export async function hashOf(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : (await loadRegistry(file)).hash
}

/** Compares the active version with that of the console, and then with the file here. */
export function policyFinding(status: Status, fileHash: string | undefined): CheckFinding {
  const { hash, active } = status.policy
  const name = `version ${active?.version}`
  const found = findingOf('the active policy is this registry’s', { status }, name)
  if (found.outcome !== 'ok' || fileHash === undefined || fileHash === hash) return found
  return {
    outcome: 'warning',
    detail: `${name} is active, and the file here has other content`,
    means: 'services go by the active version; a file counts at a first start alone',
    fix: 'raise `version` in the file, then run `freshet registry publish FILE` and `freshet registry activate VERSION`; or restore the file of the active version here',
  }
}
