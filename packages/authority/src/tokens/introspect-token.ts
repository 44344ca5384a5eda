import {
  claimMapOf,
  decidingClaims,
  restrictionsOn,
  TOKEN_ITSELF,
  withRestrictions,
  type Client,
  type Verdict,
} from '@freshet/protocol'
import { verdictJson, type VerdictJson } from '@freshet/wire'
import {
  authenticateClient,
  type ClientAuthentication,
  type OAuthRequest,
} from '../clients/client-authentication.ts'
import { judgeToken, type JudgeDependencies } from './judge-token.ts'
import { findOwnToken, isInForce, type OwnToken } from './own-token.ts'
import { readOne, readRequired } from '../oauth/request-form.ts'
import { hasItsScopes } from './scopes-of-token.ts'

/** The parts of the process that introspection needs. */
export interface IntrospectDependencies extends JudgeDependencies {
  readonly authentication: ClientAuthentication
  /** T_max. */
  readonly lifeMaxMs: number
}

/** Why a token is or is not active, for the resource servers in its `aud`. */
export interface FreshnessJson {
  /** The verdict on each authoritative claim. A descriptive claim decides nothing and has none. */
  readonly claims: Readonly<Record<string, VerdictJson>>
  /** The verdict on the token itself, where no claim decides. */
  readonly token?: VerdictJson
}

/** The answer (RFC 7662 §2.2). An `active` answer has the claims of the token. */
export type Introspection = {
  readonly active: boolean
  readonly freshet?: FreshnessJson
} & Readonly<Record<string, unknown>>

const INACTIVE: Introspection = { active: false }

/**
 * RFC 7662 introspection. `active` only if the token is ours, in force, and every authoritative claim in it, and every
 * claim that restricts tokens for its audience, is fresh, by the watermarks of the primary and the authority's own source leases (rule 22). A resource
 * server of its audience and tenant gets the reason; for every other client any token is inactive, as is an
 * unreadable one.
 *
 * @throws `request.unauthenticated`, `limit.reached`, `request.malformed`, `database.*`
 */
export async function introspectToken(
  request: OAuthRequest,
  deps: IntrospectDependencies,
): Promise<Introspection> {
  const client = await authenticateClient(request, deps.authentication)
  // A hint can only save a search, and there is one kind of token.
  readOne(request.form, 'token_type_hint')
  const own = readInForce(readRequired(request.form, 'token'), deps)
  if (own === undefined || !isServerOf(client, own)) return INACTIVE
  const { token, payload } = own
  const map = claimMapOf(deps.loaded.registry)
  const restrictions = restrictionsOn(own.audiences, map)
  const judged = withRestrictions(decidingClaims(token, map), restrictions)
  const verdicts = await judgeToken(token, deps, judged)
  const freshet = freshnessJson(verdicts)
  // A claim that it names as left out is not in it: the answer names the claim, and the rest is active.
  const deciding = judged.filter(
    (claim) => !token.omitted?.has(claim) || restrictions.includes(claim),
  )
  if (!deciding.every((claim) => verdicts.get(claim)?.kind === 'fresh')) {
    return { ...INACTIVE, freshet }
  }
  return { ...payload, active: true, token_type: 'Bearer', freshet }
}

/**
 * Returns the token, if it can be used now by its own content, with scopes that the registry gives it; any
 * other token is not active.
 */
function readInForce(jwt: string, deps: IntrospectDependencies): OwnToken | undefined {
  const own = findOwnToken(jwt, deps)
  if (own === undefined || !isInForce(own, deps.clock.nowMs(), deps.lifeMaxMs)) return undefined
  return hasItsScopes(own, deps.loaded.registry) ? own : undefined
}

/** Tenants see nothing of each other, in whatever audience. */
function isServerOf({ tenant, introspects }: Client, { token, audiences }: OwnToken): boolean {
  return tenant === token.tenant && audiences.some((audience) => introspects.includes(audience))
}

function freshnessJson(verdicts: ReadonlyMap<string, Verdict>): FreshnessJson {
  const all = [...verdicts].map(([claim, verdict]) => [claim, verdictJson(verdict)] as const)
  const claims = Object.fromEntries(all.filter(([claim]) => claim !== TOKEN_ITSELF))
  const itself = verdicts.get(TOKEN_ITSELF)
  return { claims, ...(itself !== undefined && { token: verdictJson(itself) }) }
}
