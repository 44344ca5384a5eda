import type { Decision } from '@freshet/edge'
import type { DecisionReason } from '@freshet/telemetry'

/** The reason of a decision as metrics count it. */
export function reasonOf({ decision, code, stripped, validated }: Decision): DecisionReason {
  if (decision === 'allow') {
    if (stripped.length > 0) return 'stripped'
    return validated === true ? 'validated' : 'fresh'
  }
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
