import { createHash, timingSafeEqual } from 'node:crypto'
import { FreshetError, type Client } from '@freshet/domain'

/** Compared with when nobody of that name is registered, so that both cases take as long. */
const NOBODY = Buffer.alloc(32)
const SECRET_CHARACTERS_MAX = 1_024

/**
 * Authenticates a client by `client_secret_basic` (RFC 6749 §2.3.1).
 *
 * @throws `request.unauthenticated`, the same for an unknown client and for a wrong secret
 */
export function authenticateClient(
  authorization: string | undefined,
  clients: ReadonlyMap<string, Client>,
): Client {
  const credentials = readBasic(authorization)
  if (credentials === undefined) throw unauthenticated('Authenticate by client_secret_basic.')
  const client = clients.get(credentials.id)
  const expected = client === undefined ? NOBODY : Buffer.from(client.secretHash, 'base64url')
  const given = createHash('sha256').update(credentials.secret).digest()
  const isRight = expected.length === given.length && timingSafeEqual(expected, given)
  if (client === undefined || !isRight) throw unauthenticated('Client or secret is wrong.')
  return client
}

function readBasic(
  authorization: string | undefined,
): { readonly id: string; readonly secret: string } | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization ?? '') ?? []
  if (encoded === undefined || encoded.length > SECRET_CHARACTERS_MAX) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1) return undefined
  try {
    return { id: formDecoded(text.slice(0, colon)), secret: formDecoded(text.slice(colon + 1)) }
  } catch {
    return undefined
  }
}

/** Both halves are form-encoded before they are joined. @throws URIError */
function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}

function unauthenticated(message: string): FreshetError {
  return new FreshetError('request.unauthenticated', message)
}
