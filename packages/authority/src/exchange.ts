import { FreshetError, type Client, type Denial, type Subject } from '@freshet/domain'
import type { VerifyKey } from '@freshet/events'
import { authenticateClient } from './client-authentication.ts'
import { ACCESS_TOKEN_TYPE, readExchangeRequest, type ExchangeRequest } from './exchange-request.ts'
import { mint, type MintDependencies, type MintOrder } from './mint.ts'
import { verifyIdentityToken, type IdentityToken } from './subject-token.ts'

/** What a token exchange needs of the process. */
export interface ExchangeDependencies extends MintDependencies {
  /** Public keys of an identity provider of the registry, by its issuer name. */
  readonly identityProviderKeys: (issuer: string) => readonly VerifyKey[]
}

/** The successful answer (RFC 8693 §2.2.1). */
export interface ExchangeAnswer {
  readonly access_token: string
  readonly issued_token_type: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
  readonly scope?: string
}

/**
 * RFC 8693 token exchange: the token of a tenant's identity provider in, an enriched access token
 * out. The client decides the tenant; only the tenant's own providers may name its subjects.
 *
 * @throws `request.unauthenticated`, `token.invalid`, `grant.*`, `mint.*`, `database.*`
 */
export async function exchangeToken(
  request: { readonly authorization: string | undefined; readonly form: URLSearchParams },
  deps: ExchangeDependencies,
): Promise<ExchangeAnswer> {
  const { registry } = deps.loaded
  const client = authenticateClient(request.authorization, registry.clients)
  const wanted = readExchangeRequest(request.form, client, registry)
  const issued = await mint(orderOf(wanted, client, deps), deps)
  return {
    access_token: issued.jwt,
    issued_token_type: ACCESS_TOKEN_TYPE,
    token_type: 'Bearer',
    expires_in: Math.max(0, Math.floor((issued.expMs - deps.clock.nowMs()) / 1_000)),
    ...(wanted.scope !== undefined && { scope: wanted.scope }),
  }
}

function orderOf(
  { subjectToken, actorToken, audience, scope }: ExchangeRequest,
  client: Client,
  deps: ExchangeDependencies,
): MintOrder {
  const subject = identify(subjectToken, 'subject token', client, deps)
  const actor =
    actorToken === undefined ? undefined : identify(actorToken, 'actor token', client, deps)
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
  { loaded, issuer, clock, identityProviderKeys }: ExchangeDependencies,
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
