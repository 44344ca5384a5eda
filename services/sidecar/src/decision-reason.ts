import type { Decision } from '@freshet/edge'
import type { DecisionReason } from '@freshet/telemetry'

/** The reason of a decision as metrics count it. */
export function reasonOf({ decision, code, stripped }: Decision): DecisionReason {
  if (decision === 'allow') return stripped.length === 0 ? 'fresh' : 'stripped'
  switch (code) {
    case 'token.stale':
    case 'token.revoked':
      return 'stale'
    case 'token.insufficient':
      return 'denied'
    case 'token.unverified':
    case 'keys.unavailable':
      return 'unverified'
    default:
      return 'invalid'
  }
}
