import { FreshetError, type Client, type Clock, type Denial, type Subject } from '@freshet/domain'
import type { VerifyKey } from '@freshet/events'
import { readExchangeRequest, type ExchangeRequest } from './exchange-request.ts'
import type { LoadedRegistry, MintOrder } from './mint.ts'
import { verifyIdentityToken, type IdentityToken } from './subject-token.ts'

/** What a token exchange needs of the process. */
export interface ExchangeTerms {
  readonly loaded: LoadedRegistry
  /** Our own `iss`, which identity tokens must be for. */
  readonly issuer: string
  readonly clock: Clock
  /** Public keys of an identity provider of the registry, by its issuer name. */
  readonly identityProviderKeys: (issuer: string) => readonly VerifyKey[]
}

/**
 * RFC 8693 token exchange: the token of a tenant's identity provider in, an order of an enriched
 * access token out. The client decides the tenant; only the tenant's own providers may name its
 * subjects.
 *
 * @throws `request.malformed`, `token.invalid`, `grant.invalid`, `grant.target`
 */
export function exchangeOrder(
  form: URLSearchParams,
  client: Client,
  terms: ExchangeTerms,
): MintOrder {
  return orderOf(readExchangeRequest(form, client, terms.loaded.registry), client, terms)
}

function orderOf(
  { subjectToken, actorToken, audience, scope }: ExchangeRequest,
  client: Client,
  terms: ExchangeTerms,
): MintOrder {
  const subject = identify(subjectToken, 'subject token', client, terms)
  const actor =
    actorToken === undefined ? undefined : identify(actorToken, 'actor token', client, terms)
  if (actor !== undefined) requireMayAct(subject, actor)
  const { tenant } = client
  return {
    tenant,
    parties:
      actor === undefined
        ? [named(subject, tenant)]
        : [named(subject, tenant), named(actor, tenant)],
    client: client.id,
    audience,
    ...(subject.sid !== undefined && { sid: subject.sid }),
    ...(scope !== undefined && { scope }),
    denials: [subject, ...(actor === undefined ? [] : [actor])].flatMap((identity) =>
      denialsOfIdentity(identity, tenant),
    ),
  }
}

function identify(
  token: string,
  what: string,
  client: Client,
  { loaded, issuer, clock, identityProviderKeys }: ExchangeTerms,
): IdentityToken {
  const tenant = loaded.registry.tenants.get(client.tenant)
  if (tenant === undefined) {
    throw new FreshetError('grant.invalid', 'The tenant of the client is not registered.')
  }
  const providers = new Map(
    tenant.identityProviders.map((provider) => [
      provider.issuer,
      identityProviderKeys(provider.issuer),
    ]),
  )
  return verifyIdentityToken(token, { providers, audience: issuer, nowMs: clock.nowMs(), what })
}

/** A subject token that names its actor is for no other. */
function requireMayAct({ mayAct }: IdentityToken, actor: IdentityToken): void {
  if (mayAct === undefined || (mayAct.iss === actor.iss && mayAct.sub === actor.sub)) return
  throw new FreshetError('token.invalid', 'The subject token names another actor in may_act.')
}

function named({ iss, sub }: IdentityToken, tenant: string): Subject {
  return { tenant, iss, sub }
}

/** An issuer, session or token that was denied is not exchanged for one that is not (rule 23). */
function denialsOfIdentity({ iss, jti, sid }: IdentityToken, tenant: string): readonly Denial[] {
  return [
    { tenant, kind: 'issuer', id: iss },
    ...(jti === undefined ? [] : [{ tenant, kind: 'token', id: jti } as const]),
    ...(sid === undefined ? [] : [{ tenant, kind: 'session', id: sid } as const]),
  ]
}
