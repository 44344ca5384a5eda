import type { TokenAnswer } from '@freshet/authority'
import { form, jsonAnswer, type OperationRefusals, type Operations } from '@freshet/runtime'
import { verdictSchema } from '@freshet/wire'
import * as z from 'zod'

/** The credentials of a client that sends no header. */
const assertion = {
  client_id: z.string().optional(),
  client_assertion_type: z
    .literal('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    .optional(),
  client_assertion: z
    .string()
    .optional()
    .describe(
      'JWT: `iss` = `sub` = the client, `aud` = the issuer or the token endpoint alone, `exp` at most 60 s away, `jti` used once',
    ),
}

const tokenType = z
  .enum(
    ['jwt', 'id_token', 'access_token'].map((type) => `urn:ietf:params:oauth:token-type:${type}`),
  )
  .describe(
    'access_token: a token of this authority that the client received or that was issued to it',
  )

const target = {
  audience: z.string().optional().describe('The audience; required if `resource` is absent'),
  resource: z.string().optional(),
  scope: z
    .string()
    .optional()
    .describe(
      'Scopes that client and audience have in the registry, else `invalid_scope`; without it the token has none',
    ),
}

const exchange = z
  .object({
    grant_type: z.literal('urn:ietf:params:oauth:grant-type:token-exchange'),
    subject_token: z.string(),
    subject_token_type: tokenType,
    actor_token: z.string().optional(),
    actor_token_type: tokenType.optional(),
    requested_token_type: z.literal('urn:ietf:params:oauth:token-type:access_token').optional(),
    ...target,
    ...assertion,
  })
  .describe('Token exchange (RFC 8693)')

const clientCredentials = z
  .object({ grant_type: z.literal('client_credentials'), ...target, ...assertion })
  .describe('Client credentials (RFC 6749 §4.4), for clients with a subject in the registry')

const aboutToken = z.object({
  token: z.string(),
  token_type_hint: z.string().optional(),
  ...assertion,
})

const tokenAnswer = z.object({
  access_token: z.string(),
  issued_token_type: z.string().exactOptional().describe('Present for an exchange only'),
  token_type: z.literal('Bearer'),
  expires_in: z.int().describe('Seconds'),
  scope: z.string().exactOptional(),
}) satisfies z.ZodType<TokenAnswer>

const introspection = z.looseObject({
  active: z
    .boolean()
    .describe('True if the token is ours, in force, and every authoritative claim is fresh'),
  token_type: z.literal('Bearer').exactOptional(),
  iss: z.string().exactOptional(),
  sub: z.string().exactOptional(),
  aud: z.union([z.string(), z.array(z.string())]).exactOptional(),
  exp: z.int().exactOptional(),
  iat: z.int().exactOptional(),
  jti: z.string().exactOptional(),
  client_id: z.string().exactOptional(),
  scope: z.string().exactOptional(),
  freshet: z
    .object({
      claims: z
        .record(z.string(), verdictSchema)
        .describe('By authoritative claim; a descriptive claim has no verdict'),
      token: verdictSchema
        .exactOptional()
        .describe('Present if no claim was judged: the token itself'),
    })
    .exactOptional()
    .describe('Present for resource servers of its audience and tenant only'),
})

/** The components of the OAuth endpoints. */
export const oauthForms = {
  TokenExchange: exchange,
  ClientCredentials: clientCredentials,
  AboutToken: aboutToken,
  Token: tokenAnswer,
  Introspection: introspection,
  Verdict: verdictSchema,
} as const

const refusals = (meanings: Readonly<Record<number, string>>): OperationRefusals => ({
  name: 'Refused',
  surfaces: ['service', 'oauth'],
  meanings: {
    400: 'RFC 6749 §5.2, with `code`',
    401: 'invalid_client',
    413: 'The body is too large',
    500: 'The authority cannot work until a person acts; its log has the cause',
    ...meanings,
  },
})

const CLIENT = ['client', ''] as const
const GUESSED = 'Too many wrong credentials of this client, or from this address, came; Retry-After'

/** The OAuth endpoints. */
export const oauthOperations: Operations = {
  'POST /oauth/token': {
    id: 'mintToken',
    summary: 'An enriched access token, by token exchange or for the client itself',
    security: CLIENT,
    body: form(z.union([exchange, clientCredentials])),
    answers: { 200: jsonAnswer('RFC 6749 §5.1, RFC 8693 §2.2.1', tokenAnswer) },
    refusals: refusals({
      429: 'The authority has too many token requests, the limit of the client or tenant is reached, or too many wrong credentials came; Retry-After',
      503: 'A source is silent, a claim is in doubt, or the database is unavailable; Retry-After',
    }),
  },
  'POST /oauth/introspect': {
    id: 'introspectToken',
    summary: 'The state of a token (RFC 7662)',
    security: CLIENT,
    body: form(aboutToken),
    answers: {
      200: jsonAnswer('The answer to every text, also one that is no token', introspection),
    },
    refusals: refusals({
      429: GUESSED,
      503: 'The database is unavailable; Retry-After',
    }),
  },
  'POST /oauth/revoke': {
    id: 'revokeToken',
    summary: 'Denies a token that was issued to the client (RFC 7009)',
    security: CLIENT,
    body: form(aboutToken),
    answers: {
      200: { description: 'The change topic has the denial, or there was nothing to revoke' },
    },
    refusals: refusals({
      429: 'The limit of the client or tenant is reached, or too many wrong credentials came, and the token is still valid; Retry-After',
      503: 'The broker or the database is unavailable, and the token is still valid; Retry-After',
    }),
  },
}
