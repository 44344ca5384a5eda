import { refusalResponses } from '@freshet/runtime'

const string = { type: 'string' }
const json = (description: string, schema: object = { type: 'object' }): object => ({
  description,
  content: { 'application/json': { schema } },
})

/** The credentials of a client that sends no header. */
const assertion = {
  client_id: string,
  client_assertion_type: { const: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' },
  client_assertion: {
    ...string,
    description:
      'JWT: `iss` = `sub` = the client, `aud` = the issuer or the token endpoint alone, `exp` at ' +
      'most 60 s away, `jti` used once',
  },
}

const tokenType = {
  enum: ['jwt', 'id_token', 'access_token'].map(
    (type) => `urn:ietf:params:oauth:token-type:${type}`,
  ),
  description:
    'access_token: a token of this authority that the client received or that was issued to it',
}

const scope = {
  ...string,
  description:
    'Scopes that client and audience have in the registry, else `invalid_scope`; without it the token has none',
}

const exchange = {
  title: 'Token exchange (RFC 8693)',
  type: 'object',
  required: ['grant_type', 'subject_token', 'subject_token_type', 'audience'],
  properties: {
    grant_type: { const: 'urn:ietf:params:oauth:grant-type:token-exchange' },
    subject_token: string,
    subject_token_type: tokenType,
    actor_token: string,
    actor_token_type: tokenType,
    audience: string,
    resource: string,
    scope,
    requested_token_type: string,
    ...assertion,
  },
}

const clientCredentials = {
  title: 'Client credentials (RFC 6749 §4.4), for clients with a subject in the registry',
  type: 'object',
  required: ['grant_type', 'audience'],
  properties: {
    grant_type: { const: 'client_credentials' },
    audience: string,
    resource: string,
    scope,
    ...assertion,
  },
}

const aboutToken = {
  type: 'object',
  required: ['token'],
  properties: { token: string, token_type_hint: string, ...assertion },
}

const verdict = {
  type: 'object',
  required: ['verdict'],
  properties: {
    verdict: { enum: ['fresh', 'stale', 'unverified'] },
    reason: { ...string, description: 'the reason for `stale`' },
    change: { ...string, description: 'id of the change behind `stale`' },
    source: { ...string, description: 'the silent source, if `unverified`' },
    since: { ...string, format: 'date-time' },
  },
}

const introspection = {
  type: 'object',
  required: ['active'],
  properties: {
    active: {
      type: 'boolean',
      description: 'true if the token is ours, in force, and every authoritative claim is fresh',
    },
    freshet: {
      type: 'object',
      description: 'present for resource servers of its audience and tenant only',
      required: ['claims'],
      properties: {
        claims: {
          type: 'object',
          additionalProperties: verdict,
          description: 'by authoritative claim; a descriptive claim has no verdict',
        },
        token: { ...verdict, description: 'present if no claim was judged: the token itself' },
      },
    },
  },
}

const refusals = (meanings: Readonly<Record<number, string>>): Readonly<Record<string, object>> =>
  refusalResponses(['service', 'oauth'], meanings)

function post(summary: string, form: object, responses: Readonly<Record<string, object>>): object {
  return {
    post: {
      summary,
      security: [{ client: [] }, {}],
      requestBody: {
        required: true,
        content: { 'application/x-www-form-urlencoded': { schema: form } },
      },
      responses: {
        ...responses,
        ...refusals({
          400: 'RFC 6749 §5.2, with `code`',
          401: 'invalid_client',
          413: 'The body is too large',
        }),
      },
    },
  }
}

/** The OAuth endpoints. */
export const oauthPaths: Readonly<Record<string, object>> = {
  '/oauth/token': post(
    'An enriched access token, by token exchange or for the client itself',
    { oneOf: [exchange, clientCredentials] },
    {
      '200': json('RFC 6749 §5.1, RFC 8693 §2.2.1'),
      ...refusals({
        429: 'The authority has too many token requests, or the limit of the client or tenant is reached; Retry-After',
        503: 'A source is silent, a claim is in doubt, or the database is unavailable; Retry-After',
      }),
    },
  ),
  '/oauth/introspect': post('The state of a token (RFC 7662)', aboutToken, {
    '200': json('The answer to every text, also one that is no token', introspection),
    ...refusals({ 503: 'The database is unavailable; Retry-After' }),
  }),
  '/oauth/revoke': post('Denies a token that was issued to the client (RFC 7009)', aboutToken, {
    '200': { description: 'The change topic has the denial, or there was nothing to revoke' },
    ...refusals({
      429: 'The limit of the client or tenant is reached, and the token is still valid; Retry-After',
      503: 'The broker or the database is unavailable, and the token is still valid; Retry-After',
    }),
  }),
}
