import {
  subjectKey,
  FreshetError,
  type Client,
  type Clock,
  type Denial,
  type Subject,
} from '@freshet/protocol'
import { readExchangeRequest, type HandedIn } from './exchange-request.ts'
import { identifyOwn, type Identified, type OwnExchange } from './identify-own.ts'
import type { LoadedRegistry, MintOrder } from '../mint/mint.ts'
import type { ProviderKeys } from './provider-key.ts'
import { verifyIdentityToken, type IdentityToken } from './subject-token.ts'

/** The parts of the process that a token exchange needs. */
export interface ExchangeTerms extends ProviderKeys {
  readonly loaded: LoadedRegistry
  /** Our own `iss`, which identity tokens must be for. */
  readonly issuer: string
  readonly clock: Clock
  /** The dependencies of exchanging our own access tokens. */
  readonly own: OwnExchange
}

/**
 * RFC 8693 token exchange: the token of a tenant's identity provider in, or an access token of ours
 * by who received it; an order of an enriched access token out. The client decides the tenant; only
 * the tenant's own providers may name its subjects.
 *
 * @throws `request.malformed`, `token.*`, `grant.*`, `keys.unavailable`, `mint.unverified`, `database.*`
 */
export async function exchangeOrder(
  form: URLSearchParams,
  client: Client,
  terms: ExchangeTerms,
): Promise<MintOrder> {
  const { registry } = terms.loaded
  const request = readExchangeRequest(form, client, registry)
  const { audience, scopes } = request
  const subject = await identify(request.subject, 'subject token', client, terms)
  const actor =
    request.actor === undefined
      ? actingClient(subject, client)
      : await identify(request.actor, 'actor token', client, terms)
  if (actor !== undefined) requireMayAct(subject, actor)
  requireScopes(scopes, subject)
  const from = [subject, actor].flatMap((each) => each?.own ?? [])
  const ends = [subject, actor].flatMap((each) => each?.notAfterMs ?? [])
  const identified = [subject, actor].flatMap((each) =>
    each?.issuedMs === undefined ? [] : [[subjectKey(each.parties[0]), each.issuedMs] as const],
  )
  return {
    tenant: client.tenant,
    parties: chainOf(subject, actor),
    client: client.id,
    audience,
    ...(subject.sid !== undefined && { sid: subject.sid }),
    scopes,
    denials: [...subject.denials, ...(actor?.denials ?? [])],
    ...(from.length > 0 && { from }),
    ...(ends.length > 0 && { notAfterMs: Math.min(...ends) }),
    ...(identified.length > 0 && { identifiedMs: new Map(identified) }),
  }
}

/**
 * The present actor first: the one that acts for the actor, the actor, and earlier actors (RFC 8693 §4.1).
 */
function chainOf(subject: Identified, actor: Identified | undefined): MintOrder['parties'] {
  const [first, ...before] = subject.parties
  if (actor === undefined) return [first, ...before]
  const [acting, ...forIt] = actor.parties
  return [first, ...forIt, acting, ...before]
}

async function identify(
  { token, isOwn }: HandedIn,
  what: string,
  client: Client,
  terms: ExchangeTerms,
): Promise<Identified> {
  if (isOwn) return identifyOwn(token, what, client, terms.own)
  const identity = await verifyForeign(token, what, client, terms)
  const { tenant } = client
  const { sid, mayAct, life } = identity
  return {
    parties: [named(identity, tenant)],
    sid,
    mayAct,
    denials: denialsOfIdentity(identity, tenant),
    ...(life !== undefined && { notAfterMs: life.expMs, issuedMs: life.iatMs }),
  }
}

/** A client that received a token and passes it on acts for its subject, and its new token names it. */
function actingClient({ own }: Identified, { tenant, subject }: Client): Identified | undefined {
  if (own === undefined) return undefined
  if (subject === undefined) {
    const message =
      'An access token is exchanged by an actor: neither token nor registry names one.'
    throw new FreshetError('grant.forbidden', message)
  }
  return { parties: [named(subject, tenant)], sid: undefined, mayAct: undefined, denials: [] }
}

async function verifyForeign(
  token: string,
  what: string,
  { tenant: id, presents = [] }: Client,
  terms: ExchangeTerms,
): Promise<IdentityToken> {
  const { loaded, issuer: audience, clock } = terms
  const tenant = loaded.registry.tenants.get(id)
  if (tenant === undefined) {
    throw new FreshetError('grant.invalid', 'The tenant of the client is not registered.')
  }
  const providers = tenant.identityProviders
  return verifyIdentityToken(token, { providers, keys: terms, audience, presents, clock, what })
}

/** A subject token that names its actor is for no other. */
function requireMayAct({ mayAct }: Identified, { parties: [actor] }: Identified): void {
  if (mayAct === undefined || (mayAct.iss === actor.iss && mayAct.sub === actor.sub)) return
  throw new FreshetError('token.invalid', 'The subject token names another actor in may_act.')
}

/** A token that one of our access tokens is exchanged for has no scope beyond those of that token. */
function requireScopes(wanted: readonly string[], { scopes: held }: Identified): void {
  const wider = held && wanted.find((scope) => !held.includes(scope))
  if (wider === undefined) return
  throw new FreshetError('grant.scope', `The subject token does not have scope ${wider}.`)
}

function named(
  { iss, sub }: { readonly iss: string; readonly sub: string },
  tenant: string,
): Subject {
  return { tenant, iss, sub }
}

/** An issuer, session or token that was denied is not exchanged for one that is not (rule 23). */
function denialsOfIdentity({ iss, ids, sid }: IdentityToken, tenant: string): readonly Denial[] {
  return [
    { tenant, kind: 'issuer', id: iss },
    ...ids.map((id) => ({ tenant, kind: 'token', id }) as const),
    ...(sid === undefined ? [] : [{ tenant, kind: 'session', id: sid } as const]),
  ]
}
