import {
  authorityMetadata,
  introspectToken,
  issueToken,
  NO_STORE,
  oauthError,
  revokeToken,
  type IssueDependencies,
  type Ledger,
  type OAuthRequest,
  type PolicyEngine,
  type TokenDenials,
  type ValidationStore,
} from '@freshet/authority'
import { FreshetError, KEYS_CACHED_MS, type Clock } from '@freshet/protocol'
import { publicJwks, type AuditLog, type Jwks, type VerifyKey } from '@freshet/wire'
import {
  Attempts,
  noteRefusal,
  unlessHungUp,
  type AttemptParts,
  type Logger,
} from '@freshet/runtime'
import type { Context, Hono } from 'hono'
import { attemptsFrom } from './client-attempts.ts'
import { addEvaluationRoute, EVALUATION_BYTES_MAX } from './evaluation-route.ts'

/** The parts that the routes answer from. */
export interface AuthorityParts {
  readonly issuer: string
  /** For one request: the policy version that it is answered by is one. */
  readonly issuing: () => IssueDependencies
  readonly ledger: Ledger
  readonly validation: ValidationStore
  /** The policies of the version that a request is answered by. */
  readonly policies: () => PolicyEngine
  /** The log that holds decisions about high-risk requests before they are answered. */
  readonly audit: AuditLog
  readonly denials: TokenDenials
  /** T_max. */
  readonly lifeMaxMs: number
  /** The public keys by which a token is known to be ours, as they are now. */
  readonly tokenKeys: () => readonly VerifyKey[]
  readonly checkpointJwks: () => Promise<Jwks>
  /** A number from 0 to below 1 by chance. */
  readonly random: () => number
  readonly logger: Logger
  readonly clock: Clock
  /** Called for each request whose credentials of a client are refused. */
  readonly onCredentialRefused?: AttemptParts['onRefused']
}

/** The parts of every OAuth endpoint. */
interface EndpointParts extends Pick<AuthorityParts, 'logger' | 'random'> {
  readonly attempts: Attempts
}

const FORM = 'application/x-www-form-urlencoded'
/** Largest form: three tokens fit. It is read before its client is known. */
const FORM_BYTES_MAX = 32_768
/** The most fields of a form. No grant has half as many. */
const FORM_FIELDS_MAX = 64
/** The time that a cache can keep our documents; a new key is published longer before it signs. */
const CACHED = { 'cache-control': `public, max-age=${KEYS_CACHED_MS / 1_000}` }
const FAULT_STATUS = 500

/** The routes with a smaller limit of their bodies, in bytes. */
export const AUTHORITY_BODIES: ReadonlyMap<string, number> = new Map([
  ['POST /oauth/token', FORM_BYTES_MAX],
  ['POST /oauth/introspect', FORM_BYTES_MAX],
  ['POST /oauth/revoke', FORM_BYTES_MAX],
  ['POST /access/v1/evaluation', EVALUATION_BYTES_MAX],
])

/** Adds the OAuth endpoints, run-time validation, metadata and key sets. */
export function addAuthorityRoutes(app: Hono, parts: AuthorityParts): void {
  const { issuer, issuing, ledger, denials, lifeMaxMs, tokenKeys } = parts
  const own = () => ({ ...issuing(), keys: tokenKeys() })
  const { validation, audit, policies } = parts
  const judging = () => ({ ...own(), validation, lifeMaxMs, policies: policies() })
  const { logger, random, clock, onCredentialRefused: onRefused } = parts
  const guards = { clock, logger, audit, onRefused }
  const attempts = new Attempts({ guessed: 'client credential', ...guards })
  const endpoint = { logger, random, attempts }
  app.post('/oauth/token', (c) =>
    answer(c, endpoint, (request) => issueToken(request, { ...issuing(), own: judging() })),
  )
  app.post('/oauth/introspect', (c) =>
    answer(c, endpoint, (request) => introspectToken(request, { ...own(), ledger, lifeMaxMs })),
  )
  app.post('/oauth/revoke', (c) =>
    answer(c, endpoint, (request) => revokeToken(request, { ...own(), denials })),
  )
  addEvaluationRoute(app, { issuer, attempts, dependencies: () => ({ ...judging(), audit }) })
  app.get('/.well-known/oauth-authorization-server', (c) =>
    c.json(authorityMetadata(issuer, issuing().loaded.registry), 200, CACHED),
  )
  app.get('/.well-known/jwks.json', (c) => c.json(publicJwks(tokenKeys()), 200, CACHED))
  app.get('/.well-known/freshet-checkpoints.jwks.json', async (c) =>
    c.json(await parts.checkpointJwks(), 200, CACHED),
  )
}

/** Every OAuth endpoint reads a form, answers JSON or nothing, and fails in the form of RFC 6749. */
async function answer(
  c: Context,
  { logger, random, attempts }: EndpointParts,
  handle: (request: OAuthRequest) => Promise<object | void>,
): Promise<Response> {
  try {
    const form = await readForm(c)
    const authorization = c.req.header('authorization')
    const body = await handle({ authorization, form, attempts: attemptsFrom(c, attempts) })
    return body === undefined
      ? c.body(null, 200, { ...NO_STORE })
      : c.json(body, 200, { ...NO_STORE })
  } catch (thrown) {
    const error = unlessHungUp(c, thrown)
    const { status, headers, body } = oauthError(error, random())
    noteRefusal(c, { code: body.code, detail: body.error_description })
    if (status === FAULT_STATUS) logger.error({ err: error }, 'OAuth request failed')
    return c.json(body, status, { ...headers })
  }
}

async function readForm(c: Context): Promise<URLSearchParams> {
  const [type = ''] = (c.req.header('content-type') ?? '').split(';')
  if (type.trim().toLowerCase() !== FORM) {
    throw new FreshetError('request.malformed', `The body must be ${FORM}.`)
  }
  const text = await c.req.text()
  if (text.split('&', FORM_FIELDS_MAX + 1).length > FORM_FIELDS_MAX)
    throw new FreshetError('request.malformed', `A form has at most ${FORM_FIELDS_MAX} fields.`)
  return new URLSearchParams(text)
}
