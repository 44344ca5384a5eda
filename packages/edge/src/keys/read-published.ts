import { FreshetError, type MappedIssuer } from '@freshet/domain'
import type { Timer, VerifyKey } from '@freshet/events'
import { KEYS_PER_SET_MAX } from '../limits.ts'
import { fetchJson, type Fetch } from './fetch-json.ts'
import { openIdUrl, safeUrl, sameOrigin, wellKnownUrl } from './issuer-url.ts'
import { usableKey } from './named-key.ts'

/**
 * Reads the keys that a foreign issuer publishes, where its terms say. Metadata must name that issuer,
 * and an address below its own origin: another one is for the registry to say.
 *
 * @throws `keys.unavailable`, `config.invalid` for an address that is not safe
 */
export async function readPublished(
  { issuer, published }: MappedIssuer,
  fetch: Fetch,
  timer: Timer,
): Promise<readonly VerifyKey[]> {
  const { jwksUri, metadata } = published ?? {}
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

/** Keys for something else, or of a kind that no token here may have, are passed over. */
function keysIn(json: unknown, address: string): readonly VerifyKey[] {
  const { keys: jwks } = Object(json) as { readonly keys?: unknown }
  if (!Array.isArray(jwks) || jwks.length > KEYS_PER_SET_MAX)
    throw unusable(`${address} is no key set of at most ${KEYS_PER_SET_MAX} keys`)
  const keys = jwks.flatMap((jwk: unknown) => usableKey(withAlgorithm(jwk)))
  if (new Set(keys.map(({ kid }) => kid)).size === keys.length) return keys
  throw unusable(`${address} names two keys alike`)
}

const ALGORITHMS: Readonly<Record<string, string>> = { RSA: 'RS256', EC: 'ES256', OKP: 'EdDSA' }

/** Many sets do not say by which algorithm a key signs; of each kind of key there is one here. */
function withAlgorithm(jwk: unknown): unknown {
  const { alg, kty } = Object(jwk) as { readonly alg?: unknown; readonly kty?: unknown }
  return alg === undefined ? { ...Object(jwk), alg: ALGORITHMS[String(kty)] } : jwk
}

function unusable(what: string): FreshetError {
  return new FreshetError('keys.unavailable', `Key discovery failed: ${what}.`)
}
