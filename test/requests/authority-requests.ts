import {
  FORM_TYPE,
  JSON_TYPE,
  KIB,
  openTo,
  sharedOperations,
  type Make,
  type Operations,
} from './operation.ts'
import { requestOf, type HostileRequest } from './request.ts'

/** The clients of an authority, and the tokens that they have. */
export interface AuthorityClients {
  /** `Authorization` of the client that mints, and of the resource server that asks about tokens. */
  readonly client: string
  readonly resource: string
  /** Returns a token of the identity provider. */
  readonly identity: () => string | Promise<string>
  /** Returns a new assertion of a client that has no secret. */
  readonly assertion: () => string
  /** Returns a token that the resource server asks about. */
  readonly access: () => string
  /** Returns a token that the client can revoke. */
  readonly revocable: () => string
  /** Returns a token that the ledger has. */
  readonly recorded: () => string
}

const URN = 'urn:ietf:params:oauth'

/** Returns the form of an exchange (RFC 8693 §2.1); `type` is the last part of the type of the token. */
export function exchangeForm(
  token: string,
  type: 'jwt' | 'access_token' = 'jwt',
): Readonly<Record<string, string>> {
  return {
    grant_type: `${URN}:grant-type:token-exchange`,
    subject_token: token,
    subject_token_type: `${URN}:token-type:${type}`,
    audience: 'payments',
  }
}

/** Returns `Authorization` of `client_secret_basic` (RFC 6749 §2.3.1). */
export function basicOf(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
}

/** Returns a question that the authority can read (AuthZEN 1.0 §6.1). */
export function evaluationOf(context?: object, name = 'use-claims'): object {
  return {
    subject: { type: 'user', id: 'alice' },
    action: { name },
    resource: { type: 'audience', id: 'payments' },
    ...(context && { context }),
  }
}

/** A route of the audience that policies protect. */
export const POLICY_ROUTE = 'POST /approve'

type Form = Readonly<Record<string, string>>

const form =
  (
    path: string,
    by: 'client' | 'resource' | undefined,
    fields: (clients: AuthorityClients) => Form | Promise<Form>,
  ): Make<AuthorityClients> =>
  async (clients) => {
    const headers = { ...FORM_TYPE, ...(by && { authorization: clients[by] }) }
    const body = new URLSearchParams(await fields(clients)).toString()
    return requestOf('POST', path, headers, body)
  }

function evaluation(clients: AuthorityClients, route?: string, facts = {}): HostileRequest {
  const positions = [1, 2, 3, 4, 5, 6, 0].map((partition) => ({ partition, e: '1', offset: '5' }))
  const context = { ...facts, token: clients.recorded(), claims: ['groups'], positions }
  const headers = { ...JSON_TYPE, authorization: clients.resource }
  return requestOf('POST', '/access/v1/evaluation', headers, evaluationOf(context, route))
}

/** The operations of an authority. */
export const authorityOperations: Operations<AuthorityClients> = {
  ...sharedOperations,
  'POST /oauth/token': {
    guards: ['client', 'form'],
    bytesMax: 32 * KIB,
    requests: {
      exchange: form('/oauth/token', 'client', async ({ identity }) =>
        exchangeForm(await identity()),
      ),
      'exchange of an access token': form('/oauth/token', 'resource', ({ recorded }) =>
        exchangeForm(recorded(), 'access_token'),
      ),
      'client credentials': form('/oauth/token', undefined, ({ assertion }) => ({
        grant_type: 'client_credentials',
        client_assertion_type: `${URN}:client-assertion-type:jwt-bearer`,
        client_assertion: assertion(),
        audience: 'payments',
      })),
    },
  },
  'POST /oauth/introspect': {
    guards: ['client', 'form'],
    bytesMax: 32 * KIB,
    requests: {
      introspect: form('/oauth/introspect', 'resource', ({ access }) => ({ token: access() })),
    },
  },
  'POST /oauth/revoke': {
    guards: ['client', 'form'],
    requests: {
      revoke: form('/oauth/revoke', 'client', ({ revocable }) => ({ token: revocable() })),
    },
    bytesMax: 32 * KIB,
  },
  'POST /access/v1/evaluation': {
    guards: ['client', 'json'],
    bytesMax: 32 * KIB,
    requests: {
      evaluation: (clients) => evaluation(clients),
      'evaluation of a route': (clients) => evaluation(clients, POLICY_ROUTE, { amount: 5 }),
    },
  },
  'GET /.well-known/authzen-configuration': openTo('/.well-known/authzen-configuration'),
  'GET /.well-known/oauth-authorization-server': openTo('/.well-known/oauth-authorization-server'),
  'GET /.well-known/jwks.json': openTo('/.well-known/jwks.json'),
  'GET /.well-known/freshet-checkpoints.jwks.json': openTo(
    '/.well-known/freshet-checkpoints.jwks.json',
  ),
}
