import {
  FRESH,
  FRESH_BY_TIME,
  TOKEN_ITSELF,
  withRestrictions,
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

/** The worst verdict on the claims used and on what restricts the token; allocates nothing where all are fresh. */
export function judgeUses(
  verified: VerifiedToken,
  uses: readonly string[] | undefined,
  judge: TokenJudge,
  ignores?: readonly string[],
): Verdict {
  let worst = bestOf(verified)
  const claims = namedBy(verified, uses, judge, ignores)
  const wallMs = judge.clock.nowMs()
  const monoMs = judge.clock.monotonicMs()
  for (let i = 0; i < claims.length; i++)
    worst = worse(worst, judge.judgeClaim(verified, claims[i] ?? TOKEN_ITSELF, wallMs, monoMs))
  if (uses === undefined) return worst
  const bound = judge.restrictionsOn(verified)
  for (let i = 0; i < bound.length; i++) {
    const claim = bound[i] ?? TOKEN_ITSELF
    if (claims.includes(claim) || ignores?.includes(claim) === true) continue
    worst = worse(worst, judge.judgeClaim(verified, claim, wallMs, monoMs))
  }
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
  ignores?: readonly string[],
): Verified {
  const own = ownSideOf(verified)
  const known = own.freshAnswer
  const isFresh =
    known !== undefined &&
    known.uses === uses &&
    known.ignores === ignores &&
    judgeUses(verified, uses, judge, ignores) === FRESH
  if (isFresh && known.used === own.used) return known.answer
  const claims = usesOf(verified, uses, judge, ignores)
  const verdicts = new Map(claims.map((claim) => [claim, judge.judgeClaim(verified, claim)]))
  const verdict = [...verdicts.values()].reduce(worse, bestOf(verified))
  const answer: Verified = { claims: verified, verdict, verdicts }
  // The next caller gets the same object.
  if (verdict === FRESH) own.freshAnswer = { uses, ignores, used: own.used, answer: frozen(answer) }
  return answer
}

/**
 * The claims that are judged: those named, else all authoritative ones of the token, and in both cases every claim that
 * restricts the token and is not ignored, in it or not. The judgement of any claim is a judgement of the token too: of
 * denials, account, cut-offs and policy version. If no claim is named, the token itself is judged. The claims that
 * scopes of the token are derived from are judged always.
 */
export function usesOf(
  verified: VerifiedToken,
  uses: readonly string[] | undefined,
  judge: TokenJudge,
  ignores?: readonly string[],
): readonly string[] {
  const named = namedBy(verified, uses, judge, ignores)
  // Without names, what restricts the token is among them.
  if (uses === undefined) return named
  return withRestrictions(named, judge.restrictionsOn(verified), ignores)
}

/** The same without what restricts the token, if the caller names claims. */
function namedBy(
  verified: VerifiedToken,
  uses: readonly string[] | undefined,
  judge: TokenJudge,
  ignores: readonly string[] | undefined,
): readonly string[] {
  const { token } = verified
  if (uses !== undefined) return withScopeClaims(uses.length === 0 ? ITSELF : uses, token)
  const used = judge.usedBy(verified)
  return withScopeClaims(
    ignores === undefined ? used : without(used, verified, judge, ignores),
    token,
  )
}

/** Only a claim that restricts the token can be ignored. */
function without(
  used: readonly string[],
  verified: VerifiedToken,
  judge: TokenJudge,
  ignores: readonly string[],
): readonly string[] {
  const restrictions = judge.restrictionsOn(verified)
  const left = used.filter((claim) => !restrictions.includes(claim) || !ignores.includes(claim))
  return left.length === 0 ? ITSELF : left
}
