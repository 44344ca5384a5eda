import {
  FreshetError,
  REGISTERED_CLAIMS,
  type ClaimValue,
  type JudgedToken,
  type Label,
  type Omission,
  type TokenParty,
} from '@freshet/protocol'
import { pointerOf } from '../json/json-pointer.ts'
import { tokenSchema, type WireAct, type WireLabel, type WireToken } from './token-schema.ts'

/** The private claim `freshet` of an access token; positions are decimal strings. */
export type FreshetClaim = WireToken['freshet']

/** The claim `act` (RFC 8693 §4.1), with a label for each actor. */
export type ActClaim = WireAct

/** Actors that one token has at most. */
export const ACTORS_MAX = 4

/** Returns the claim `freshet` of a token that is minted under policy version `pv`. */
export function encodeFreshetClaim(
  label: Label,
  { pv, tenant, omitted, scopedBy }: Pick<JudgedToken, 'pv' | 'tenant' | 'omitted' | 'scopedBy'>,
  subiss?: string,
): FreshetClaim {
  const { over, unverified } = omittedNames(omitted)
  return {
    ...wireLabel(label),
    pv,
    tenant,
    ...(subiss === undefined ? {} : { subiss }),
    ...(over.length === 0 ? {} : { over }),
    ...(unverified.length === 0 ? {} : { omitted: unverified }),
    // A reader that ignores it would let a scope outlive the claim that it is derived from.
    ...(scopedBy === undefined ? {} : { scopedBy, critical: ['scopedBy'] }),
  }
}

/** Returns the names of the claims that a token leaves out, by the reason. */
export function omittedNames(
  omitted: JudgedToken['omitted'] = new Map(),
): Readonly<Record<Omission, readonly string[]>> {
  const by = (reason: Omission): readonly string[] =>
    [...omitted].flatMap(([name, why]) => (why === reason ? name : []))
  return { over: by('over'), unverified: by('unverified') }
}

/** Returns the left-out claims from these names; absent if there are none. */
export function omittedFrom(
  over: readonly string[] = [],
  unverified: readonly string[] = [],
): Pick<JudgedToken, 'omitted'> {
  if (over.length + unverified.length === 0) return {}
  const all = [
    ...over.map((name) => [name, 'over'] as const),
    ...unverified.map((name) => [name, 'unverified'] as const),
  ]
  return { omitted: new Map(all) }
}

/** Returns the claim `act` of a chain of actors, the present one first; `undefined` for no actor. */
export function encodeActClaim(actors: readonly TokenParty[]): ActClaim | undefined {
  const [actor, ...others] = actors
  if (actor === undefined) return undefined
  const { iss, sub, tenant } = actor.subject
  const act = encodeActClaim(others)
  return {
    iss,
    sub,
    freshet: { ...wireLabel(actor.label), tenant },
    ...(act === undefined ? {} : { act }),
  }
}

function wireLabel({ e, s, c }: Label): WireLabel {
  return { e: e.toString(), s: s.toString(), c: c.toString() }
}

/**
 * Reads the members of an access token's payload (RFC 9068) that judging needs. The caller has checked its
 * signature with the key of `kid`. The verifier judges issuer, audience and times; here they only must be
 * present and be whole numbers. A member that is neither registered nor a value or a list of values is left
 * out, so that no route can use it.
 *
 * @throws `token.invalid` naming the claim, never its value
 */
export function readToken(payload: unknown, kid: string): JudgedToken {
  const token = checkToken(payload)
  const { iss, jti, sid, freshet } = token
  return {
    tenant: freshet.tenant,
    issuer: iss,
    kid,
    jti,
    ...(sid === undefined ? {} : { sid }),
    client: token.client_id,
    pv: freshet.pv,
    parties: [subjectParty(token), ...actorParties(token.act)],
    claims: claimsOf(payload),
    ...omittedFrom(freshet.over, freshet.omitted),
    ...(freshet.scopedBy === undefined ? {} : { scopedBy: freshet.scopedBy }),
  }
}

function checkToken(payload: unknown): WireToken {
  const result = tokenSchema.safeParse(payload)
  if (result.success) return result.data
  const places = result.error.issues.map(({ path }) => pointerOf(path) || 'the payload')
  throw new FreshetError('token.invalid', `the token breaks RFC 9068 or our label at ${places[0]}`)
}

function subjectParty({ iss, sub, freshet }: WireToken): TokenParty {
  const subject = { tenant: freshet.tenant, iss: freshet.subiss ?? iss, sub }
  return { subject, label: labelOf(freshet) }
}

function actorParties(act: WireAct | undefined): readonly TokenParty[] {
  const parties: TokenParty[] = []
  for (let actor = act; actor !== undefined; actor = actor.act) {
    if (parties.length >= ACTORS_MAX) {
      throw new FreshetError('token.invalid', `the token has more than ${ACTORS_MAX} actors`)
    }
    const { iss, sub, freshet } = actor
    parties.push({ subject: { tenant: freshet.tenant, iss, sub }, label: labelOf(freshet) })
  }
  return parties
}

function labelOf({ e, s, c }: WireLabel): Label {
  return { e: BigInt(e), s: BigInt(s), c: BigInt(c) }
}

function claimsOf(payload: unknown): ReadonlyMap<string, readonly ClaimValue[]> {
  const claims = new Map<string, readonly ClaimValue[]>()
  for (const [name, member] of Object.entries(payload as object)) {
    if (REGISTERED_CLAIMS.has(name)) continue
    const values: readonly unknown[] = Array.isArray(member) ? member : [member]
    if (values.every(isClaimValue)) claims.set(name, values)
  }
  return claims
}

function isClaimValue(value: unknown): value is ClaimValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
