import {
  CLOCK_TOLERANCE_MS,
  IDENTITY_TOKEN_LIFE_CEILING_MS,
  type Clock,
  type IdentityProvider,
  FreshetError,
} from '@freshet/protocol'
import { isSignedBy, sha256Text, SIGNATURE_ALGORITHMS } from '@freshet/wire'
import { isBound, tokenUnproven } from '../tokens/own-token.ts'
import { tokenInvalid, readSignedToken, type SignedToken } from '../tokens/signed-token.ts'
import { providerKey, type ProviderKeys } from './provider-key.ts'

/** The longest time until the expiry of an identity provider's token, if the registry names no `maxLife`. */
export const SUBJECT_TOKEN_LIFE_MAX_MS = 300_000
const NAME_CHARACTERS_MAX = 512

/** An access token (RFC 9068), an ID-JAG, a SET and a logout token have types of their own. */
const accepted = { types: [undefined, 'jwt'], algs: SIGNATURE_ALGORITHMS }

/** The subject of an identity provider's token. */
export interface IdentityToken {
  readonly iss: string
  readonly sub: string
  readonly kid: string
  readonly sid: string | undefined
  /** Names by which the token can be denied: `jti` and the claim of the registry, else its hash. */
  readonly ids: readonly string[]
  /** The times of its issue and its end, if the registry allows it a longer life than 5 min. */
  readonly life: TokenLife | undefined
  /** The one actor that can act for the subject (RFC 8693 §4.4); `undefined`: it names none. */
  readonly mayAct: MayAct | undefined
}

/** The life of a token. */
export interface TokenLife {
  readonly iatMs: number
  readonly expMs: number
}

/** The actor that can act. Without `iss` it is a subject of the token's own issuer. */
export interface MayAct {
  readonly iss: string
  readonly sub: string
}

/** The accepted tokens: issuer, audience and time. */
export interface IdentityTerms {
  /** Identity providers that name the tenant's subjects. */
  readonly providers: readonly IdentityProvider[]
  readonly keys: ProviderKeys
  /** Our own issuer name. */
  readonly audience: string
  /** Clients of identity providers whose tokens the requesting client exchanges. */
  readonly presents: readonly string[]
  readonly clock: Clock
  /** The name in errors: `subject token` or `actor token`. */
  readonly what: string
}

/**
 * Checks a token of an identity provider: form, type, signature by a key of its issuer with that
 * key's algorithm, audience and authorised party, `iat` not in the future, and its life.
 *
 * @throws `token.invalid` and `token.unproven` naming the rule, never the token; `grant.forbidden`;
 *   `keys.unavailable` while published keys of the provider cannot be read
 */
export async function verifyIdentityToken(
  token: string,
  terms: IdentityTerms,
): Promise<IdentityToken> {
  const { what, providers, audience: authority, presents } = terms
  const jws = readSignedToken(token, accepted, (text) => tokenInvalid(what, text))
  checkKind(jws, what)
  const iss = readName(jws, 'iss', what)
  const provider = providers.find(({ issuer }) => issuer === iss)
  if (provider === undefined)
    throw tokenInvalid(what, 'is of an issuer that the tenant does not trust')
  await checkSignature(jws, provider, terms)
  if (isBound(jws.claims)) throw tokenUnproven(what)
  checkParties(jws.claims, { authority, provider, presents, what })
  const life = checkTimes(jws, provider, terms)
  return {
    iss,
    sub: readName(jws, 'sub', what),
    kid: jws.header.kid,
    sid: readOptionalName(jws, 'sid', what),
    ids: idsOf(jws, provider, what),
    life: provider.maxLifeMs === undefined ? undefined : life,
    mayAct: readMayAct(jws, iss, what),
  }
}

/**
 * A logout token can come without a type of its own: `events` is what makes it one (RFC 8417 §2.2). A
 * token with `act` was delegated, and the rights of its actor are not known here.
 */
function checkKind({ claims }: SignedToken, what: string): void {
  if (claims['events'] !== undefined) throw tokenInvalid(what, 'is a security event')
  if (claims['act'] !== undefined) throw tokenInvalid(what, 'has an actor already')
}

async function checkSignature(
  jws: SignedToken,
  provider: IdentityProvider,
  { keys, what }: IdentityTerms,
): Promise<void> {
  const key = await providerKey(provider, jws.header, keys)
  if (key === undefined || !isSignedBy(key, jws.signed, jws.signature))
    throw tokenInvalid(what, 'is not signed by a key of its issuer')
}

/**
 * Two signatures of one text are one token, so the hash is of what is signed. Sessions are not ids:
 * a session has many tokens.
 */
function idsOf(jws: SignedToken, { idClaim }: IdentityProvider, what: string): readonly string[] {
  const named = ['jti', ...(idClaim === undefined ? [] : [idClaim])]
  const ids = named.flatMap((claim) => readOptionalName(jws, claim, what) ?? [])
  return ids.length > 0 ? ids : [`sha256:${sha256Text(jws.signed)}`]
}

/** A member that cannot be read must not widen who may act, so it is refused. */
function readMayAct({ claims }: SignedToken, issuer: string, what: string): MayAct | undefined {
  const member = claims['may_act']
  if (member === undefined) return undefined
  const { iss = issuer, sub } = Object(member) as { readonly iss?: unknown; readonly sub?: unknown }
  if (typeof iss !== 'string' || typeof sub !== 'string') {
    throw tokenInvalid(what, 'has a may_act that names no subject')
  }
  return { iss, sub }
}

/**
 * Returns its life. With a `maxLife` the whole life counts, else what is left of it. No life is longer
 * than a day: denials of such tokens are kept no longer.
 */
function checkTimes(
  jws: SignedToken,
  { maxLifeMs }: IdentityProvider,
  { clock, what }: IdentityTerms,
): TokenLife {
  const nowMs = clock.nowMs()
  const latestMs = nowMs + CLOCK_TOLERANCE_MS
  const expMs = readSeconds(jws, 'exp', what)
  const iatMs = readSeconds(jws, 'iat', what)
  if (expMs <= nowMs) throw tokenInvalid(what, 'has expired')
  const endsMs = maxLifeMs === undefined ? latestMs + SUBJECT_TOKEN_LIFE_MAX_MS : iatMs + maxLifeMs
  const latestEndMs = Math.min(endsMs, iatMs + IDENTITY_TOKEN_LIFE_CEILING_MS)
  if (expMs > latestEndMs) throw tokenInvalid(what, 'lives too long')
  if (iatMs > latestMs || iatMs >= expMs) throw tokenInvalid(what, 'was issued in the future')
  const isBegun = jws.claims['nbf'] === undefined || readSeconds(jws, 'nbf', what) <= latestMs
  if (!isBegun) throw tokenInvalid(what, 'is not valid yet')
  return { iatMs, expMs }
}

function readSeconds({ claims }: SignedToken, name: string, what: string): number {
  const value = claims[name]
  const isTime = typeof value === 'number' && Number.isSafeInteger(value) && value > 0
  if (!isTime) throw tokenInvalid(what, `has no ${name} in whole seconds`)
  return value * 1_000
}

function readName(jws: SignedToken, name: string, what: string): string {
  const value = readOptionalName(jws, name, what)
  if (value === undefined) throw tokenInvalid(what, `has no ${name}`)
  return value
}

function readOptionalName({ claims }: SignedToken, name: string, what: string): string | undefined {
  const value = claims[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value === '' || value.length > NAME_CHARACTERS_MAX) {
    throw tokenInvalid(what, `has a ${name} that is no short text`)
  }
  return value
}

/** The parties of an identity token's exchange. */
interface PartyTerms {
  /** Our own issuer name. */
  readonly authority: string
  readonly provider: IdentityProvider
  /** Clients of the provider, by their names there, whose tokens the requesting client exchanges. */
  readonly presents: readonly string[]
  /** The token's name in errors. */
  readonly what: string
}

/**
 * Checks the audience of an identity provider's token (OpenID Connect Core 1.0 §3.1.3.7), and that the
 * requesting client is allowed to exchange it.
 *
 * A token for this authority alone was made to be exchanged: each client of the tenant can do so. Any other
 * token was made for a client of the identity provider. The registry must accept each of its audiences and
 * its authorised party, and must let the requesting client present it: otherwise each service that receives
 * the token could use it here.
 *
 * @throws `token.invalid` naming the rule; `grant.forbidden` where another client may exchange it
 */
export function checkParties(
  { aud, azp }: { readonly aud?: unknown; readonly azp?: unknown },
  { authority, provider: { audiences = [], azp: parties }, presents, what }: PartyTerms,
): void {
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  const isOurs = named.length === 1 && named[0] === authority
  if (!isOurs && audiences.length === 0)
    throw tokenInvalid(what, 'is not meant for this authority alone')
  const own = [authority, ...audiences]
  if (named.length === 0 || !named.every((each) => isOneOf(own, each)))
    throw tokenInvalid(what, 'has an audience that the registry does not accept of its issuer')
  const allowed = parties ?? (isOurs ? undefined : audiences)
  if (azp !== undefined && allowed !== undefined && !isOneOf(allowed, azp))
    throw tokenInvalid(what, 'has an azp that the registry does not accept of its issuer')
  if (isOurs) return
  if (azp === undefined && named.length > 1)
    throw tokenInvalid(what, 'has several audiences and no azp')
  if (isOneOf(presents, azp ?? named[0])) return
  const message = `The client does not present the ${what}: name its azp, or its aud, in presents of the client.`
  throw new FreshetError('grant.forbidden', message)
}

function isOneOf(names: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && names.includes(value)
}
