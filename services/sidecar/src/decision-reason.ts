import type { Decision } from '@freshet/edge'
import { noteRefusal } from '@freshet/runtime'
import type { DecisionReason, EdgeMetrics } from '@freshet/telemetry'
import type { Context } from 'hono'

/** Counts a decision, and of an observed route what it would have been. */
export function countDecision(metrics: EdgeMetrics, decision: Decision): void {
  const { observed, validated, openings } = decision
  metrics.decided(decision.decision, observed === undefined ? reasonOf(decision) : 'observed')
  if (observed === undefined) return
  const would = {
    ...observed,
    ...(validated === undefined ? {} : { validated }),
    ...(openings === undefined ? {} : { openings }),
  }
  metrics.observed(observed.decision, reasonOf(would))
}

/** Notes the refusal of a request by the code of the decision. */
export function noteDecision(c: Context, { decision, code, detail = '' }: Decision): void {
  if (decision !== 'allow' && code !== undefined) noteRefusal(c, { code, detail })
}

type Settled = Pick<Decision, 'decision' | 'code' | 'stripped' | 'validated' | 'openings'>

/** The reason of a decision as metrics count it. */
function reasonOf({ decision, code, stripped, validated, openings }: Settled): DecisionReason {
  if (decision === 'allow') {
    if (openings !== undefined) return 'break-glass'
    if (stripped.length > 0) return 'stripped'
    return validated === true ? 'validated' : 'fresh'
  }
  switch (code) {
    case 'token.stale':
    case 'token.revoked':
      return 'stale'
    case 'token.insufficient':
    case 'policy.denied':
    case 'policy.context':
    case 'policy.unnamed':
      return 'denied'
    case 'policy.failed':
    case 'policy.late':
    case 'token.unverified':
    case 'keys.unavailable':
      return 'unverified'
    default:
      return 'invalid'
  }
}
