import { isOfProbes } from '@freshet/domain/slo'
import { VerifiedToken } from '../token/token-claims.ts'

/** Whether a request was made by a probe: it is answered like any other, and counted with none. */
export function isProbe(claims: unknown): boolean {
  return claims instanceof VerifiedToken && isOfProbes(claims.token.parties[0].subject)
}
