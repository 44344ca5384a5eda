import {
  FRESH,
  FRESH_BY_TIME,
  TOKEN_ITSELF,
  withScopeClaims,
  type Verdict,
} from '@freshet/protocol'
import { frozen } from './frozen.ts'
import { invalidToken } from './invalid-token.ts'
import type { TokenJudge } from './judge-token.ts'
import {
  isVerified,
  ownSideOf,
  type TokenClaims,
  type Verified,
  type VerifiedToken,
} from './token-claims.ts'

const severity = { fresh: 0, unverified: 1, stale: 2 } as const
const ITSELF: readonly string[] = [TOKEN_ITSELF]

/** @throws `token.invalid` for claims that were never verified */
export function asVerified(claims: TokenClaims): VerifiedToken {
  if (isVerified(claims)) return claims
  throw invalidToken('claims that verify made')
}

/** The worst verdict on the claims used; allocates nothing where all are fresh. */
export function judgeUses(
  verified: VerifiedToken,
  uses: readonly string[] | undefined,
  judge: TokenJudge,
): Verdict {
  let worst = bestOf(verified)
  const claims = usesOf(verified, uses, judge)
  const wallMs = judge.clock.nowMs()
  const monoMs = judge.clock.monotonicMs()
  for (let i = 0; i < claims.length; i++)
    worst = worse(worst, judge.judgeClaim(verified, claims[i] ?? TOKEN_ITSELF, wallMs, monoMs))
  return worst
}

function bestOf({ token }: VerifiedToken): Verdict {
  return token.byTime === undefined ? FRESH : FRESH_BY_TIME
}

function worse(one: Verdict, other: Verdict): Verdict {
  return severity[other.kind] > severity[one.kind] ? other : one
}

/** The answer of `verify`. While nothing changed and all is fresh it is the same object. */
export function verifiedAnswer(
  verified: VerifiedToken,
  uses: readonly string[] | undefined,
  judge: TokenJudge,
): Verified {
  const claims = usesOf(verified, uses, judge)
  const own = ownSideOf(verified)
  const known = own.freshAnswer
  if (known?.uses === claims && judgeUses(verified, uses, judge) === FRESH) return known.answer
  const verdicts = new Map(claims.map((claim) => [claim, judge.judgeClaim(verified, claim)]))
  const verdict = [...verdicts.values()].reduce(worse, bestOf(verified))
  const answer: Verified = { claims: verified, verdict, verdicts }
  // The next caller gets the same object.
  if (verdict === FRESH) own.freshAnswer = { uses: claims, answer: frozen(answer) }
  return answer
}

/**
 * The claims that are judged: those named, else all authoritative ones of the token. The judgement of any
 * claim is a judgement of the token too: of denials, account, cut-offs and policy version. If no claim is
 * named, the token itself is judged. The claims that scopes of the token are derived from are judged always.
 */
export function usesOf(
  verified: VerifiedToken,
  uses: readonly string[] | undefined,
  judge: TokenJudge,
): readonly string[] {
  const used = uses === undefined ? judge.usedBy(verified) : uses.length === 0 ? ITSELF : uses
  return withScopeClaims(used, verified.token)
}
