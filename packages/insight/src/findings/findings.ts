import { ALERTS, type AlertKey } from '../slo/alerts.ts'
import { doubtHealth } from './doubt-health.ts'
import { edgeHealth } from './edge-health.ts'
import type { Fault, FindingRule, HealthFigures, Weight } from './finding-rule.ts'
import { objectiveHealth } from './objective-health.ts'
import { policyHealth } from './policy-health.ts'
import { probeHealth } from './probe-health.ts'
import { publishingHealth } from './publishing-health.ts'
import { quarantineHealth } from './quarantine-health.ts'
import { recordingHealth } from './recording-health.ts'
import { serviceHealth } from './service-health.ts'
import { sourceHealth } from './source-health.ts'

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
  /** The name of the alert for the same state, and so of its page in docs/runbooks; `null`: none. */
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
