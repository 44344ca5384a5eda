import { createHash } from 'node:crypto'
import { randomId, serveHttp, systemClock } from '@freshet/runtime'
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose'
import { quietApp } from '../hostile/services/quiet-app.ts'

/** The false statements of the issuer; without any it is honest. */
export interface Lies {
  /** Members of the ID token. */
  claims?: JWTPayload
  /** Signs with a key that it does not publish, under the name of the one that it does. */
  otherKey?: boolean
  /** The issuer that the answer names (RFC 9207). */
  answeredBy?: string | undefined
  /** Members of the metadata. */
  metadata?: object
  /** Accepts a code again, and one without its verifier. */
  takesAnyCode?: boolean
  /** Answers no request for tokens before. */
  until?: Promise<void>
  /** Answers only with this status. */
  status?: number
}

/** A small OpenID Connect provider on loopback that can be made to lie. */
export interface LyingIssuer {
  readonly url: string
  lies: Lies
  /** Returns the query of the address to which it sends the browser back. */
  answer(address: URL): Promise<string>
  /** Returns the token that it posts at a logout there, with other members if given. */
  logoutToken(more?: Readonly<Record<string, unknown>>): Promise<string>
  /** The number of requests for tokens and for metadata. */
  readonly requests: { tokens: number; metadata: number }
  close(): Promise<void>
}

/** The console's client at it. The colon shows whether the header is encoded by RFC 6749 §2.3.1. */
export const CLIENT = {
  clientId: 'freshet-console',
  proof: { secret: 'secret:of-the-console' },
} as const

interface Granted {
  readonly nonce: string
  readonly challenge: string
}

/** Starts it. */
export async function lyingIssuer(): Promise<LyingIssuer> {
  const keys = await generateKeyPair('ES256')
  const other = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'key-1', use: 'sig', alg: 'ES256' }
  const codes = new Map<string, Granted>()
  const requests = { tokens: 0, metadata: 0 }
  const app = quietApp(systemClock)
  const server = await serveHttp({ app })
  const { url } = server
  const issuer: LyingIssuer = {
    url,
    lies: {},
    answer,
    logoutToken,
    requests,
    close: () => server.close(),
  }

  app.use(async (c, next) => {
    const { status } = issuer.lies
    if (status === undefined) return next()
    return c.text('no', status as 500)
  })
  app.get('/.well-known/openid-configuration', (c) => {
    requests.metadata += 1
    return c.json({
      issuer: url,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      jwks_uri: `${url}/jwks`,
      end_session_endpoint: `${url}/end`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      ...issuer.lies.metadata,
    })
  })
  app.get('/jwks', (c) => c.json({ keys: [jwk] }))
  app.post('/token', async (c) => {
    requests.tokens += 1
    await issuer.lies.until
    const form = new URLSearchParams(await c.req.text())
    if (!isClient(c.req.header('authorization'))) {
      return c.json({ error: 'invalid_client' }, 401)
    }
    const granted = redeem(form)
    if (granted === undefined) return c.json({ error: 'invalid_grant' }, 400)
    const id_token = await idToken(granted.nonce)
    return c.json({ access_token: 'opaque', token_type: 'Bearer', expires_in: 60, id_token })
  })
  return issuer

  function redeem(form: URLSearchParams): Granted | undefined {
    const code = form.get('code') ?? ''
    const granted = codes.get(code)
    if (issuer.lies.takesAnyCode === true) return granted
    codes.delete(code)
    const verifier = form.get('code_verifier') ?? ''
    const hash = createHash('sha256').update(verifier).digest('base64url')
    return granted?.challenge === hash ? granted : undefined
  }

  async function answer(at: URL): Promise<string> {
    const { state = '', nonce = '', code_challenge = '' } = Object.fromEntries(at.searchParams)
    const code = randomId()
    codes.set(code, { nonce, challenge: code_challenge })
    const iss = 'answeredBy' in issuer.lies ? issuer.lies.answeredBy : url
    return `?${new URLSearchParams({ code, state, ...(iss !== undefined && { iss }) }).toString()}`
  }

  function logoutToken(more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const nowS = Math.floor(Date.now() / 1_000)
    const times = { iat: nowS, exp: nowS + 120, jti: randomId() }
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
    const claims = {
      iss: url,
      aud: CLIENT.clientId,
      sub: 'alice',
      sid: 'session-1',
      ...times,
      events,
    }
    return new SignJWT({ ...claims, ...more })
      .setProtectedHeader({ alg: 'ES256', kid: jwk.kid, typ: 'logout+jwt' })
      .sign((issuer.lies.otherKey === true ? other : keys).privateKey)
  }

  function idToken(nonce: string): Promise<string> {
    const { otherKey = false, claims } = issuer.lies
    return new SignJWT({
      nonce,
      groups: ['sre'],
      sub: 'alice',
      sid: 'session-1',
      iss: url,
      aud: CLIENT.clientId,
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', kid: jwk.kid })
      .setIssuedAt()
      .setExpirationTime(claims?.exp ?? '1h')
      .sign((otherKey ? other : keys).privateKey)
  }
}

/** RFC 6749 §2.3.1: both halves are form-encoded first. */
function isClient(authorization = ''): boolean {
  const halves = Buffer.from(authorization.replace(/^Basic /, ''), 'base64')
    .toString()
    .split(':')
  const [id, secret] = halves.map((half) => decodeURIComponent(half.replaceAll('+', ' ')))
  return halves.length === 2 && id === CLIENT.clientId && secret === CLIENT.proof.secret
}
