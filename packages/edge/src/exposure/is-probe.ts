import { isOfProbes } from '@freshet/protocol/slo'
import { isVerified } from '../token/token-claims.ts'

/** Returns whether a probe made a request: it is answered like any other, and counted with none. */
export function isProbe(claims: unknown): boolean {
  return isVerified(claims) && isOfProbes(claims.token.parties[0].subject)
}
