import {
  decidingClaims,
  denialKey,
  FRESH,
  judge,
  restrictionsOn,
  withRestrictions,
  type ClaimMap,
  type Clock,
  type DenialKind,
  type JudgedToken,
  type Verdict,
} from '@freshet/protocol'
import type { EdgeKnowledge } from '../knowledge/edge-knowledge.ts'
import { PLANS_PER_TOKEN_MAX } from '../limits.ts'
import { isPlanFresh, planClaim, type ClaimPlan } from './claim-plan.ts'
import { planBytes } from './token-bytes.ts'
import { ownSideOf, type OwnSide, type UsedClaims, type VerifiedToken } from './token-claims.ts'

/** Judges verified tokens by the knowledge of one edge. */
export interface TokenJudge {
  /**
   * The verdict on one claim, present in the token or not; the shared `FRESH` where it is fresh.
   * A caller that judges several claims reads the clocks once, and passes both times.
   */
  judgeClaim(verified: VerifiedToken, claim: string, wallMs?: number, monoMs?: number): Verdict
  /** The claims to judge if the caller names none: all authoritative ones of the token, and what restricts it. */
  usedBy(verified: VerifiedToken): readonly string[]
  /** The claims that bind every request with the token, whatever the caller names. */
  restrictionsOn(verified: VerifiedToken): readonly string[]
  readonly clock: Clock
}

/**
 * The fast way decides only `fresh`; every other verdict is the protocol's own, by the same
 * knowledge. So is every verdict on a token without a label. An expired token is never fresh: the watermarks that would deny it may be pruned.
 */
export function createTokenJudge(knowledge: EdgeKnowledge): TokenJudge {
  return {
    clock: knowledge.clock,
    judgeClaim(
      verified,
      claim,
      wallMs = knowledge.clock.nowMs(),
      monoMs = knowledge.clock.monotonicMs(),
    ) {
      if (wallMs >= verified.expiresAtMs) return expired(verified)
      if (verified.token.byTime !== undefined) return judge(verified.token, claim, knowledge)
      const plan = planOf(verified, claim, knowledge)
      const isFresh =
        plan !== undefined &&
        !isLacking(verified, knowledge) &&
        isAllowed(verified, knowledge) &&
        isPlanFresh(plan, knowledge, wallMs, monoMs)
      return isFresh ? FRESH : judge(verified.token, claim, knowledge)
    },
    usedBy: (verified) => usedUnder(knowledge.map, verified).claims,
    restrictionsOn: (verified) => usedUnder(knowledge.map, verified).restrictions,
  }
}

/** The claims in use under one map, found once for each token. */
function usedUnder(map: ClaimMap | undefined, verified: VerifiedToken): UsedClaims {
  const own = ownSideOf(verified)
  if (own.used !== undefined && own.used.map === map) return own.used
  const restrictions = restrictionsOn(verified.audiences, map)
  const claims = withRestrictions(decidingClaims(verified.token, map), restrictions)
  own.used = { map, claims, restrictions }
  return own.used
}

function expired({ expiresAtMs: sinceMs, token }: VerifiedToken): Verdict {
  const basis = token.byTime === undefined ? {} : ({ basis: 'time' } as const)
  return { kind: 'unverified', source: 'freshet', sinceMs, ...basis }
}

/** Returns whether a record of a tenant of this token's parties could not be held or read. */
function isLacking({ token }: VerifiedToken, knowledge: EdgeKnowledge): boolean {
  return knowledge.isOverflowing && lacksTenantOf(token, knowledge)
}

/** A function of its own: one with a closure allocates at each call. */
function lacksTenantOf({ tenant, parties }: JudgedToken, knowledge: EdgeKnowledge): boolean {
  return knowledge.lacks(tenant) || parties.some(({ subject }) => knowledge.lacks(subject.tenant))
}

function planOf(
  verified: VerifiedToken,
  claim: string,
  knowledge: EdgeKnowledge,
): ClaimPlan | undefined {
  const own = ownSideOf(verified)
  const { plans } = own
  const known = plans.get(claim)
  if (known !== undefined && known.map === knowledge.map) return known
  const plan = planClaim(verified.token, claim, knowledge)
  if (plan === undefined) plans.delete(claim)
  else if (known !== undefined || hasRoom(own, plan)) plans.set(claim, plan)
  return plan
}

/** Returns whether another prepared judgement finds room, and takes that room. */
function hasRoom(own: OwnSide, plan: ClaimPlan): boolean {
  const bytes = planBytes(plan)
  if (own.plans.size >= PLANS_PER_TOKEN_MAX) return false
  if (own.room !== undefined && own.room.bytes + bytes > own.room.max) return false
  own.bytes += bytes
  if (own.room !== undefined) own.room.bytes += bytes
  return true
}

/** Policy version and denials. Denials are looked up again only when one was added. */
function isAllowed(verified: VerifiedToken, { denials, minimumPv }: EdgeKnowledge): boolean {
  const { token } = verified
  if (token.pv < minimumPv) return false
  const own = ownSideOf(verified)
  if (own.notDeniedAt === denials.version) return true
  const { tenant } = token
  const isDenied = (kind: DenialKind, id: string | undefined): boolean =>
    id !== undefined && denials.get(denialKey({ tenant, kind, id })) !== undefined
  if (isDenied('key', token.kid) || isDenied('issuer', token.issuer)) return false
  if (isDenied('session', token.sid) || isDenied('token', token.jti)) return false
  own.notDeniedAt = denials.version
  return true
}
