import { createHash } from 'node:crypto'
import {
  bornStale,
  decideMint,
  FreshetError,
  invariant,
  type Audience,
  type Clock,
  type Denial,
  type JudgedToken,
  type Knowledge,
  type MintGrant,
  type Registry,
  type StaleVerdict,
  type Subject,
  type ClaimValue,
} from '@freshet/protocol'
import {
  type TimedSigningKey,
  encodeActClaim,
  encodeFreshetClaim,
  signJws,
  type SigningKey,
} from '@freshet/wire'
import { knowledgeOf, recheckQueryOfAll } from '../tokens/token-knowledge.ts'
import { issuedEntry, withheldEntry } from './audit-entries.ts'
import { mintQuery } from './mint-query.ts'
import { mintRefused } from './mint-refused.ts'
import type { RecheckAnswer, MintedToken, MintStore } from './mint-store.ts'

/** Times that a mint starts over because a change overtook it. */
export const MINT_ATTEMPTS_MAX = 5

/** The registry that this process has loaded, with the hash of its file. */
export interface LoadedRegistry {
  readonly registry: Registry
  readonly hash: string
}

/** The parts of the process that minting needs. */
export interface MintDependencies {
  readonly store: MintStore
  readonly clock: Clock
  /** A fresh random name of at least 128 bits for each call. */
  readonly randomId: () => string
  /** Our keys as they stand now; they rotate while the process runs. */
  readonly keys: () => readonly TimedSigningKey[]
  /** Our own `iss`. */
  readonly issuer: string
  readonly loaded: LoadedRegistry
}

/** A token that someone with the right to it asked for. */
export interface MintOrder {
  readonly tenant: string
  /** The subject first, then its actors. */
  readonly parties: readonly [Subject, ...Subject[]]
  readonly client: string
  readonly audience: Audience
  readonly sid?: string
  /** Scopes that client and audience have in the registry. Absent: none. */
  readonly scopes?: readonly string[]
  /** The end of a token that it is exchanged for. */
  readonly notAfterMs?: number
  /**
   * The issue times of identity providers' long-lived tokens, by `subjectKey` of the party that each names.
   */
  readonly identifiedMs?: ReadonlyMap<string, number>
  /** Denials that forbid the exchange although the token does not show them. */
  readonly denials?: readonly Denial[]
  /**
   * Tokens of ours that it is exchanged for, without their claims. The authority checks them again with the new label.
   * A change that ended one of them before that label would otherwise never end the new token.
   */
  readonly from?: readonly JudgedToken[]
}

/** A token that may leave. */
export interface IssuedToken {
  readonly jwt: string
  readonly jti: string
  readonly iatMs: number
  readonly expMs: number
}

/**
 * Mints one access token: time, snapshot, decision, record, look, release (rules 4, 5, 21, 25).
 *
 * Once it resolves, ledger row and issuance record are durable. No change that was recorded before the
 * recheck takes a claim of the token away, or ended a token that it is exchanged for. If it rejects, no token
 * was released.
 *
 * @throws `mint.unverified`, `mint.not-active`, `mint.doubtful`, `mint.too-large`, `mint.contended`,
 *   `grant.invalid`, `grant.target`, `grant.scope`, `keys.unusable`, `token.invalid` of a token that it is
 *   exchanged for, `database.*`
 */
export async function mint(order: MintOrder, deps: MintDependencies): Promise<IssuedToken> {
  for (let attempt = 1; attempt <= MINT_ATTEMPTS_MAX; attempt++) {
    // The time comes first: a pause after it only shortens the token's life (rule 25).
    const iatMs = deps.clock.nowMs()
    const keys = deps.keys()
    const grant = await decide(order, { iatMs, keys }, deps)
    const minted = mintedToken(order, grant, iatMs, deps)
    const jwt = sign(order, minted, { keys, registry: deps.loaded.registry })
    const { from = [] } = order
    const answer = await deps.store.recordAndRecheck(
      minted,
      recheckQueryOfAll([minted.token, ...from]),
    )
    const knowledge = knowledgeOf(answer, { map: undefined, wallMs: iatMs })
    const ended = firstStale(from, knowledge)
    const stale = ended ?? bornStale(minted.token, knowledge)
    if (stale === undefined) {
      return { jwt, jti: minted.token.jti, iatMs, expMs: minted.expMs }
    }
    await withhold(minted, stale, answer, deps)
    if (ended !== undefined)
      throw new FreshetError('token.invalid', 'A token was ended while it was exchanged.')
  }
  const message = `A change overtook each of ${MINT_ATTEMPTS_MAX} attempts to mint.`
  throw new FreshetError('mint.contended', message)
}

function firstStale(
  tokens: readonly JudgedToken[],
  knowledge: Knowledge,
): StaleVerdict | undefined {
  for (const token of tokens) {
    const stale = bornStale(token, knowledge)
    if (stale !== undefined) return stale
  }
  return undefined
}

async function decide(
  order: MintOrder,
  own: { readonly iatMs: number; readonly keys: readonly TimedSigningKey[] },
  { store, loaded, issuer }: MintDependencies,
): Promise<MintGrant> {
  const { registry, hash: registryHash } = loaded
  const kids = own.keys.map(({ kid }) => kid)
  const snapshot = await store.snapshot(mintQuery(order, registry, { kids, issuer }))
  const { parties, audience, scopes = [], notAfterMs, identifiedMs } = order
  const bound = {
    ...(notAfterMs !== undefined && { notAfterMs }),
    ...(identifiedMs !== undefined && { identifiedMs }),
  }
  const decision = decideMint(
    { parties, audience, scopes, registry, registryHash, ...bound, ...own },
    snapshot,
  )
  if (decision.kind !== 'grant') throw mintRefused(decision)
  return decision
}

function mintedToken(
  order: MintOrder,
  grant: MintGrant,
  iatMs: number,
  { randomId, issuer, loaded }: MintDependencies,
): MintedToken {
  const token: JudgedToken = {
    tenant: order.tenant,
    issuer,
    kid: grant.kid,
    jti: randomId(),
    ...(order.sid !== undefined && { sid: order.sid }),
    client: order.client,
    pv: loaded.registry.version,
    parties: grant.parties,
    claims: grant.claims,
    ...(grant.omitted.size > 0 && { omitted: grant.omitted }),
    ...(grant.scopedBy.length > 0 && { scopedBy: grant.scopedBy }),
  }
  const minted = {
    token,
    audience: order.audience.name,
    iatMs,
    expMs: grant.expMs,
    registryHash: loaded.hash,
    present: Object.keys(presentClaims(grant.claims, loaded.registry)),
    claimsDigest: digestOf(grant.claims),
    salt: randomId(),
    throughMs: grant.throughMs,
  }
  return { ...minted, audit: issuedEntry(minted) }
}

function sign(
  order: MintOrder,
  minted: MintedToken,
  { keys, registry }: { readonly keys: readonly TimedSigningKey[]; readonly registry: Registry },
): string {
  const { token, audience, iatMs, expMs } = minted
  const key = keys.find(({ kid }) => kid === token.kid)
  invariant(key, 'The key that was decided on is one of those that were asked about.')
  const { scopes = [] } = order
  const terms = { audience, iatMs, expMs, scopes }
  return signAccessToken(accessTokenPayload(token, terms, registry), key)
}

async function withhold(
  minted: MintedToken,
  { reason, change = '' }: StaleVerdict,
  answer: RecheckAnswer,
  { store, clock }: MintDependencies,
): Promise<void> {
  const causes = [...answer.watermarks.values(), ...answer.denials.values()]
  const source = causes.find((cause) => cause.change === change)?.source ?? ''
  const mark = { atMs: clock.nowMs(), reason, source, change }
  const { token, expMs } = minted
  await store.withhold({ jti: token.jti, expMs, audit: withheldEntry(minted, mark) }, mark)
}

/** The content of an access token beside the parts that are judged. */
interface TokenTerms {
  readonly audience: string
  readonly iatMs: number
  readonly expMs: number
  /** Absent or empty: the token has no `scope`. */
  readonly scopes?: readonly string[]
}

/** The claims that stand in a token: a set always, a scalar where it has a value. */
function presentClaims(
  claims: JudgedToken['claims'],
  registry: Registry,
): Readonly<Record<string, ClaimValue | readonly ClaimValue[]>> {
  const present: [string, ClaimValue | readonly ClaimValue[]][] = []
  for (const [name, values] of claims) {
    const isScalar = registry.claims.get(name)?.shape === 'scalar'
    const [value] = values
    if (!isScalar) present.push([name, values])
    else if (value !== undefined) present.push([name, value])
  }
  return Object.fromEntries(present)
}

/** SHA-256 over the claims in order of their names, for the issuance record; base64url. */
function digestOf(claims: JudgedToken['claims']): string {
  const ordered = [...claims].sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(ordered)).digest('base64url')
}

/** The payload of an RFC 9068 access token. No claim can take the place of a registered one. */
export function accessTokenPayload(
  token: JudgedToken,
  terms: TokenTerms,
  registry: Registry,
): Readonly<Record<string, unknown>> {
  const [{ subject, label }, ...actors] = token.parties
  const act = encodeActClaim(actors)
  const { scopes = [] } = terms
  return {
    ...presentClaims(token.claims, registry),
    iss: token.issuer,
    sub: subject.sub,
    aud: terms.audience,
    iat: seconds(terms.iatMs),
    exp: seconds(terms.expMs),
    jti: token.jti,
    client_id: token.client,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...(token.sid !== undefined && { sid: token.sid }),
    ...(act !== undefined && { act }),
    // `iss` is ours: an edge can know the issuer of the subject only from here.
    freshet: encodeFreshetClaim(label, token, subject.iss),
  }
}

function seconds(ms: number): number {
  return Math.floor(ms / 1_000)
}

/** The compact JWS of an access token: ES256, `typ: at+jwt`. */
export function signAccessToken(
  payload: Readonly<Record<string, unknown>>,
  key: SigningKey,
): string {
  return signJws(Buffer.from(JSON.stringify(payload)), key, { typ: 'at+jwt' })
}
