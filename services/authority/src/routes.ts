import {
  authorityMetadata,
  exchangeToken,
  NO_STORE,
  oauthError,
  type ExchangeDependencies,
} from '@freshet/authority'
import { FreshetError, isPublished, KEYS_CACHED_MS } from '@freshet/domain'
import { publicJwks, type Jwks } from '@freshet/events'
import type { Logger } from '@freshet/runtime'
import type { Context, Hono } from 'hono'

/** What the routes answer from. */
export interface AuthorityParts {
  readonly exchange: ExchangeDependencies
  readonly checkpointJwks: () => Promise<Jwks>
  readonly logger: Logger
}

const FORM = 'application/x-www-form-urlencoded'
/** How long a cache may keep our documents; a new key is published longer before it signs. */
const CACHED = { 'cache-control': `public, max-age=${KEYS_CACHED_MS / 1_000}` }
const FAULT_STATUS = 500

/** Adds token exchange, metadata and key sets. */
export function addAuthorityRoutes(app: Hono, parts: AuthorityParts): void {
  const { exchange, checkpointJwks } = parts
  const metadata = authorityMetadata(exchange.issuer)
  const jwks = (): Jwks => {
    const nowMs = exchange.clock.nowMs()
    return publicJwks(exchange.keys().filter((key) => isPublished(key, nowMs)))
  }
  app.post('/oauth/token', (c) => answerToken(c, parts))
  app.get('/.well-known/oauth-authorization-server', (c) => c.json(metadata, 200, CACHED))
  app.get('/.well-known/jwks.json', (c) => c.json(jwks(), 200, CACHED))
  app.get('/.well-known/freshet-checkpoints.jwks.json', async (c) =>
    c.json(await checkpointJwks(), 200, CACHED),
  )
}

async function answerToken(c: Context, { exchange, logger }: AuthorityParts): Promise<Response> {
  try {
    const form = await readForm(c)
    const authorization = c.req.header('authorization')
    return c.json(await exchangeToken({ authorization, form }, exchange), 200, { ...NO_STORE })
  } catch (error) {
    const { status, headers, body } = oauthError(error)
    if (status === FAULT_STATUS) logger.error({ err: error }, 'token request failed')
    return c.json(body, status, { ...headers })
  }
}

async function readForm(c: Context): Promise<URLSearchParams> {
  const [type = ''] = (c.req.header('content-type') ?? '').split(';')
  if (type.trim().toLowerCase() !== FORM) {
    throw new FreshetError('grant.invalid', `The body must be ${FORM}.`)
  }
  return new URLSearchParams(await c.req.text())
}
