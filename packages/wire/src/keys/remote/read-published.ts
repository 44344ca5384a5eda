import { FreshetError, type PublishedAt } from '@freshet/protocol'
import { readJwks, type JwksReading } from '../jwks.ts'
import type { Timer } from '../../log/timer.ts'
import { fetchJson, type Fetch } from './fetch-json.ts'
import { openIdUrl, safeUrl, sameOrigin, wellKnownUrl } from './issuer-url.ts'
import { KEYS_PER_SET_MAX } from './limits.ts'

/** An issuer of keys, and the address where it publishes them. */
export interface KeyOrigin {
  /** Its `iss`. */
  readonly issuer: string
  readonly published: PublishedAt
}

/**
 * Reads the keys that an issuer publishes, at the address that the registry names. Metadata must name that
 * issuer, and an address below its own origin. The registry must name any other address.
 *
 * @throws `keys.unavailable`, `config.invalid` for an address that is not safe
 */
export async function readPublished(
  { issuer, published: { jwksUri, metadata } }: KeyOrigin,
  fetch: Fetch,
  timer: Timer,
): Promise<JwksReading> {
  const from = metadata === 'openid-configuration' ? openIdUrl : wellKnownUrl
  const address =
    metadata === undefined
      ? safeUrl(jwksUri ?? '')
      : await named(issuer, from(issuer, metadata), { fetch, timer })
  const json = await fetchJson(address, fetch, timer)
  return keysIn(json, address)
}

async function named(
  issuer: string,
  from: URL,
  { fetch, timer }: { readonly fetch: Fetch; readonly timer: Timer },
): Promise<string> {
  const metadata = (await fetchJson(from.href, fetch, timer)) as Record<string, unknown> | null
  const address = sameOrigin(metadata?.['jwks_uri'], from)
  if (metadata?.['issuer'] === issuer && address !== undefined) return address
  throw unusable(`${from.href} names another issuer, or keys outside of its origin`)
}

function keysIn(json: unknown, address: string): JwksReading {
  const { keys: jwks } = Object(json) as { readonly keys?: unknown }
  if (!Array.isArray(jwks) || jwks.length > KEYS_PER_SET_MAX)
    throw unusable(`${address} is no key set of at most ${KEYS_PER_SET_MAX} keys`)
  try {
    return readJwks(json)
  } catch (cause) {
    throw unusable(`${address} names two keys alike`, cause)
  }
}

function unusable(what: string, cause?: unknown): FreshetError {
  return new FreshetError('keys.unavailable', `Key discovery failed: ${what}.`, { cause })
}
