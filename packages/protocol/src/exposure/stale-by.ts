import { claimsBehind, type ClaimMap } from '../claims/claim-map.ts'
import { isBelow, type LabelComponent } from '../position/position.ts'
import type { AppliedRevocation } from '../changes/revocation.ts'
import type { ClaimValue } from '../scope/scope.ts'
import type { Subject } from '../scope/subject.ts'
import type { JudgedToken, TokenParty } from '../judge/token.ts'

type Used = UsedToken['token']
type OfScope<Scope> = Extract<AppliedRevocation, { readonly scope: Scope }>

/** The watermark of a revocation for one scope; `offset` is absent if only a time was published. */
interface Raised {
  readonly e: bigint
  readonly offset?: bigint | undefined
  readonly timeMs?: number | undefined
}

/** A token and the claims of it that were used. */
export interface UsedToken {
  readonly token: Omit<JudgedToken, 'claims' | 'pv'>
  readonly claims: readonly string[]
  /** Returns whether the token carries a value of a claim. */
  readonly carries: (claim: string, value: ClaimValue) => boolean
}

/**
 * Returns whether one of the claims used is stale by this revocation alone, as `judge` decides with no other
 * knowledge. It builds no names of scopes, so thousands of tokens can be asked about at once.
 */
export function isStaleBy(
  used: UsedToken,
  revocation: AppliedRevocation,
  map: ClaimMap | undefined,
): boolean {
  const { token, claims } = used
  const [first] = token.parties
  switch (revocation.scope) {
    case 'denial':
      return isDenied(token, revocation)
    case 'tenant':
      return token.tenant === revocation.target && isOlder(token, first, revocation, 'c')
    case 'client':
      return isOfClient(token, revocation) && isOlder(token, first, revocation, 'c')
    case 'account':
      return isOlderOf(token, revocation.subject, revocation, 'c')
    case 'value':
      return (
        isCarried(used, revocation, behind(map, claims)) && isOlder(token, first, revocation, 'c')
      )
    case 'subject': {
      const { subject, e, claims: offsets, timesMs } = revocation
      return behind(map, claims).some((claim) => {
        const raised = { e, offset: offsets.get(claim)?.offset, timeMs: timesMs?.get(claim) }
        return isOlderOf(token, subject, raised, 's')
      })
    }
  }
}

/** The claims whose loss is the loss of one of these. */
function behind(map: ClaimMap | undefined, claims: readonly string[]): readonly string[] {
  return claims.flatMap((claim) => claimsBehind(map, claim))
}

function isDenied(token: Used, { tenant, denial, target }: OfScope<'denial'>): boolean {
  const ids = { key: token.kid, issuer: token.issuer, session: token.sid, token: token.jti }
  return token.tenant === tenant && ids[denial] === target
}

function isOfClient(token: Used, { tenant, target }: OfScope<'tenant' | 'client'>): boolean {
  return token.tenant === tenant && token.client === target
}

function isCarried(
  { token, carries }: UsedToken,
  { tenant, claim, value }: OfScope<'value'>,
  used: readonly string[],
): boolean {
  return token.tenant === tenant && used.includes(claim) && carries(claim, value)
}

/** Each party of a token is judged (rule 24). */
function isOlderOf(
  token: Used,
  { tenant, iss, sub }: Subject,
  raised: Raised,
  by: LabelComponent,
): boolean {
  return token.parties.some(
    (party) =>
      party.subject.sub === sub &&
      party.subject.iss === iss &&
      party.subject.tenant === tenant &&
      isOlder(token, party, raised, by),
  )
}

function isOlder(
  { byTime }: Used,
  { label }: TokenParty,
  { e, offset, timeMs }: Raised,
  by: LabelComponent,
): boolean {
  if (byTime === undefined) return offset !== undefined && isBelow(label, by, { e, offset })
  return timeMs !== undefined && byTime.issuedAtMs <= timeMs + byTime.marginMs
}
