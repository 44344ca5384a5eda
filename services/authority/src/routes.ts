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
import { FreshetError, KEYS_CACHED_MS } from '@freshet/protocol'
import { publicJwks, type AuditLog, type Jwks, type VerifyKey } from '@freshet/wire'
import { noteRefusal, type Logger } from '@freshet/runtime'
import type { Context, Hono } from 'hono'
import { addEvaluationRoute } from './evaluation-route.ts'

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
}

const FORM = 'application/x-www-form-urlencoded'
/** The time that a cache can keep our documents; a new key is published longer before it signs. */
const CACHED = { 'cache-control': `public, max-age=${KEYS_CACHED_MS / 1_000}` }
const FAULT_STATUS = 500

/** Adds the OAuth endpoints, run-time validation, metadata and key sets. */
export function addAuthorityRoutes(app: Hono, parts: AuthorityParts): void {
  const { issuer, issuing, ledger, denials, lifeMaxMs, tokenKeys } = parts
  const own = () => ({ ...issuing(), keys: tokenKeys() })
  const { validation, audit, policies } = parts
  const judging = () => ({ ...own(), validation, lifeMaxMs, policies: policies() })
  app.post('/oauth/token', (c) =>
    answer(c, parts, (request) => issueToken(request, { ...issuing(), own: judging() })),
  )
  app.post('/oauth/introspect', (c) =>
    answer(c, parts, (request) => introspectToken(request, { ...own(), ledger, lifeMaxMs })),
  )
  app.post('/oauth/revoke', (c) =>
    answer(c, parts, (request) => revokeToken(request, { ...own(), denials })),
  )
  addEvaluationRoute(app, issuer, () => ({ ...judging(), audit }))
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
  { logger, random }: AuthorityParts,
  handle: (request: OAuthRequest) => Promise<object | void>,
): Promise<Response> {
  try {
    const form = await readForm(c)
    const body = await handle({ authorization: c.req.header('authorization'), form })
    return body === undefined
      ? c.body(null, 200, { ...NO_STORE })
      : c.json(body, 200, { ...NO_STORE })
  } catch (error) {
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
  return new URLSearchParams(await c.req.text())
}
