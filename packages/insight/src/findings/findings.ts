import { ALERTS, type AlertKey, ALERT_LIMITS, NOT_MEANT } from '../slo/alerts.ts'
import { doubtHealth } from './doubt-health.ts'
import { edgeHealth } from './edge-health.ts'
import type { Fault, FindingRule, HealthFigures, Weight } from './finding-rule.ts'
import { policyHealth } from './policy-health.ts'
import { publishingHealth } from './publishing-health.ts'
import { recordingHealth } from './recording-health.ts'
import { serviceHealth } from './service-health.ts'
import { sourceHealth } from './source-health.ts'
import type { SloJson } from '../answers/slo.ts'
import { spanOf, timeMs, countOf } from './words.ts'

/** Findings about records that wait in the quarantine. */
const quarantineHealth: Readonly<Record<'parkedMeant' | 'parkedNotMeant', FindingRule>> = {
  parkedMeant: {
    alert: 'parkedMeant',
    weight: 'not-fresh',
    effect: 'a removal among them is not in force',
    find: findQuarantined(true, 'without effect'),
  },
  parkedNotMeant: {
    alert: 'parkedNotMeant',
    weight: 'degraded',
    effect: 'a sender did not prove itself, or a claim is not in the registry',
    find: findQuarantined(false, 'unproven or not registered'),
  },
}

function findQuarantined(isMeant: boolean, how: string): FindingRule['find'] {
  const remedy =
    'read the reasons with `freshet quarantine ls`, remove the cause, then replay or drop each record'
  return ({ quarantined }) => {
    const records = (quarantined?.counts ?? [])
      .filter(({ reason }) => NOT_MEANT.includes(reason) !== isMeant)
      .reduce((sum, count) => sum + count.records, 0)
    if (records === 0) return []
    const what = `${countOf(records, 'record')} in quarantine, ${how}`
    return [{ object: 'quarantine', what, remedy }]
  }
}

/** Findings about the probes of the whole path. */
const probeHealth: Readonly<Record<'probeAbsent' | 'probeLost', FindingRule>> = {
  probeAbsent: {
    alert: 'probeAbsent',
    weight: 'degraded',
    effect: 'without traffic, an outage would not be detected',
    find: ({ status }) => {
      if (status === undefined) return []
      const { probes = null, measuredAt } = status
      const lastMs = Math.max(...(probes ?? []).map(({ at }) => timeMs(at)))
      const sinceMs = timeMs(measuredAt) - lastMs
      const isOld = probes !== null && probes.length > 0 && sinceMs > ALERT_LIMITS.probeAbsentMs
      if (probes !== null && !isOld) return []
      const remedy = 'check FRESHET_PROBE_EDGES and FRESHET_PROBE_KEYS of the console'
      // An installation can do without probes.
      if (!isOld) return [{ object: 'probes', what: 'No probe runs', remedy, weight: 'note' }]
      return [{ object: 'probes', what: `The last probe is ${spanOf(sinceMs)} old`, remedy }]
    },
  },
  probeLost: {
    alert: 'probeLost',
    weight: 'not-fresh',
    effect: 'real changes can fail in the same way',
    find: ({ status }) =>
      (status?.probes ?? []).flatMap(({ claim, broken }) => {
        if (broken === null) return []
        const where = broken.at === null ? broken.step : `${broken.step} at ${broken.at}`
        const what = `The last probe of ${claim} broke at the step ${where}`
        return [{ object: claim, what, remedy: 'run `freshet probe run` and `freshet doctor`' }]
      }),
  },
}

/** Findings about the error budgets of objectives. */
const objectiveHealth: Readonly<Record<'budgetFast' | 'budgetSlow' | 'budgetSpent', FindingRule>> =
  {
    budgetFast: {
      alert: 'budgetFast',
      weight: 'degraded',
      effect: 'a large part of its error budget is used up within hours',
      find: findSlos(({ alert }) => alert === 'page', 'burns its budget'),
    },
    budgetSlow: {
      alert: 'budgetSlow',
      weight: 'degraded',
      effect: 'its error budget is used up before the window ends',
      find: findSlos(({ alert }) => alert === 'ticket', 'burns its budget'),
    },
    // It has no alert, and does not change the verdict: the budget burned before, and stays spent for the window.
    budgetSpent: {
      alert: null,
      weight: 'note',
      effect: 'the objective is missed in this window',
      find: findSlos(
        ({ alert, state }) => alert === null && state === 'breached',
        'has spent its budget',
      ),
    },
  }

function findSlos(isMeant: (slo: SloJson) => boolean, what: string): FindingRule['find'] {
  const remedy =
    'run `freshet slo report --burn`, then `freshet change explain ID` for a late change'
  return ({ slos = [] }) =>
    slos.filter(isMeant).map(({ name: object }) => ({ object, what: `${object} ${what}`, remedy }))
}

type Rules = typeof serviceHealth &
  typeof objectiveHealth &
  typeof policyHealth &
  typeof sourceHealth &
  typeof doubtHealth &
  typeof recordingHealth &
  typeof publishingHealth &
  typeof probeHealth &
  typeof edgeHealth &
  typeof quarantineHealth

/** The stable name of a kind of fault. */
export type FindingId = keyof Rules

/** A fault, with all that a person needs to act on it. */
export interface HealthFinding extends Fault {
  readonly id: FindingId
  /** `page`: a person must act now, because an alert pages for it. */
  readonly urgency: 'page' | 'ticket'
  readonly weight: Weight
  /** The name of the alert for the same state, and so of its section in docs/runbooks; `null`: none. */
  readonly runbook: string | null
  /** The effect on users of the system. */
  readonly effect: string
}

/** Everything that can be wrong, once: the doctor, the console and the alerts judge by these rules. */
export const FINDINGS: Rules = {
  ...serviceHealth,
  ...objectiveHealth,
  ...policyHealth,
  ...sourceHealth,
  ...doubtHealth,
  ...recordingHealth,
  ...publishingHealth,
  ...probeHealth,
  ...edgeHealth,
  ...quarantineHealth,
}

/** The alerts whose state no answer of the console shows, each with the reason. */
export const WITHOUT_FINDING: Readonly<Partial<Record<AlertKey, string>>> = {
  edgeTableFull: 'Edges report the state unverified, and its cause in their own /metrics alone.',
  denyingUnverified:
    'Edges report the number of denials, and their reasons in their own /metrics alone.',
  staleAllows: 'They are kept for each change, and as a share in the objective stale-allows.',
  unmappedClaims: 'The records are in quarantine, which has a finding.',
  reportsIgnored: 'The console counts them in its own /metrics, and its log names the edges.',
  requestsRefused: 'Each service counts them in its own /metrics alone.',
  coverageGap: 'As a share it is the objective coverage-15m, whose budget has findings.',
  edgesGone: 'The finding edgeGone names each of them.',
  instanceDown: 'The finding serviceDown has a lower weight where another process is ready.',
  serviceAbsent: 'Prometheus decides it by its targets, which the console does not see.',
  notFresh: 'It is the verdict that the console decides from all findings.',
  healthUnknown: 'It is the verdict that the console decides from all findings.',
  watchdog: 'It is about alerting, and not about the product.',
}

/** Returns the present findings in the order of {@link FINDINGS}. The rules are pure: it reads no clock. */
export function healthFindings(figures: HealthFigures): readonly HealthFinding[] {
  return (Object.entries(FINDINGS) as [FindingId, FindingRule][]).flatMap(
    ([id, { alert, effect, weight, find }]) => {
      const urgency = alert !== null && ALERTS[alert].severity === 'page' ? 'page' : 'ticket'
      const runbook = alert === null ? null : ALERTS[alert].name
      return find(figures).map((fault) => ({ weight, effect, ...fault, id, urgency, runbook }))
    },
  )
}
