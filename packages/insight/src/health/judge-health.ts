import type { HealthCause, HealthState } from '../answers/health.ts'
import type { HealthFigures, Weight } from '../findings/finding-rule.ts'
import { healthFindings, type HealthFinding } from '../findings/findings.ts'
import { rootCauses, type RootCause } from './causes.ts'

/** The most causes and symptoms that a verdict names. */
const NAMED_MAX = 20

/** The verdict at one moment, before it is known since when. */
export interface HealthVerdict {
  readonly state: HealthState
  readonly causes: readonly HealthCause[]
}

/** The weights with a meaning for the state, the heaviest first. */
const WEIGHTS: readonly Exclude<Weight, 'note'>[] = ['unknown', 'not-fresh', 'degraded']

/**
 * Judges whether claims are fresh. The state is that of the heaviest root cause; `fresh` without one. Causes come
 * heaviest first; the results of a cause are folded into its symptoms. Rules with the weight `note` do not count.
 * It is pure: the times are those of the figures, and `whoOf` names the people who act.
 */
export function judgeHealth(
  figures: HealthFigures,
  whoOf: (finding: HealthFinding) => string | null = () => null,
): HealthVerdict {
  const counted = healthFindings(figures).filter(({ weight }) => weight !== 'note')
  const roots = rootCauses(counted)
  const state = WEIGHTS.find((weight) => roots.some(({ finding }) => finding.weight === weight))
  const causes = roots
    .toSorted((a, b) => rankOf(a) - rankOf(b))
    .slice(0, NAMED_MAX)
    .map((root) => causeOf(root, whoOf))
  return { state: state ?? 'fresh', causes }
}

function rankOf({ finding: { weight } }: RootCause): number {
  return weight === 'note' ? WEIGHTS.length : WEIGHTS.indexOf(weight)
}

function causeOf(
  { finding, symptoms }: RootCause,
  whoOf: (finding: HealthFinding) => string | null,
): HealthCause {
  const { id, object, tenant = null, what, since = null, effect, remedy, runbook } = finding
  return {
    finding: id,
    object,
    tenant,
    what,
    since,
    effect,
    do: remedy,
    runbook,
    who: whoOf(finding),
    symptoms: symptoms
      .slice(0, NAMED_MAX)
      .map((each) => ({ finding: each.id, object: each.object, what: each.what })),
  }
}
