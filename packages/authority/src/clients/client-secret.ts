import { createHash, timingSafeEqual } from 'node:crypto'
import type { Client } from '@freshet/protocol'

/** Compared with where there is no secret, so that every case takes as long. */
const NOBODY = Buffer.alloc(32)
const SECRET_CHARACTERS_MAX = 1_024

/** The content of a request by `client_secret_basic`, before any check. */
export interface BasicCredentials {
  readonly id: string
  readonly secret: string
}

/** Reads the header `Authorization: Basic` (RFC 6749 §2.3.1); `undefined` where it is another. */
export function readBasic(authorization: string): BasicCredentials | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? []
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

/**
 * Returns whether it is the secret of the client; never for a client that has none, or is unknown. The empty
 * text is no secret: its hash stands in example files until it is replaced.
 */
export function hasSecret(client: Client | undefined, secret: string): boolean {
  const hash = client?.secretHash
  const expected = hash === undefined ? NOBODY : Buffer.from(hash, 'base64url')
  const given = createHash('sha256').update(secret).digest()
  const isRight = expected.length === given.length && timingSafeEqual(expected, given)
  return isRight && hash !== undefined && secret !== ''
}

/** Both halves are form-encoded before they are joined. @throws URIError */
function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}
