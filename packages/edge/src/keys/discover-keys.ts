import { FreshetError } from '@freshet/protocol'
import {
  fetchJson,
  importJwks,
  KEYS_PER_SET_MAX,
  sameOrigin,
  wellKnownUrl,
  type Fetch,
  type Timer,
  type VerifyKey,
} from '@freshet/wire'

/** The two key sets of an issuer. */
export interface KeySets {
  /** Keys of access tokens. */
  readonly tokens: readonly VerifyKey[]
  /** Keys of checkpoints. */
  readonly checkpoints: readonly VerifyKey[]
}

const METADATA = 'oauth-authorization-server'
const CHECKPOINT_KEYS = '/.well-known/freshet-checkpoints.jwks.json'
const CHECKPOINT_KEYS_MEMBER = 'freshet_checkpoints_jwks_uri'

/** The metadata's address. @throws `config.invalid` for an issuer that is no safe URL */
export function metadataUrl(issuer: string): URL {
  return wellKnownUrl(issuer, METADATA)
}

/**
 * Finds the issuer's keys by its metadata. Key sets are read from the issuer's own origin only, so
 * that its metadata cannot send an edge elsewhere.
 *
 * @throws `keys.unavailable`
 */
export async function discoverKeys(issuer: string, fetch: Fetch, timer: Timer): Promise<KeySets> {
  const from = metadataUrl(issuer)
  const metadata = (await fetchJson(from.href, fetch, timer)) as Record<string, unknown> | null
  if (metadata?.['issuer'] !== issuer) throw unusable('the metadata names another issuer')
  const tokensUrl = keySetUrl(metadata['jwks_uri'], from)
  const checkpointsUrl = keySetUrl(metadata[CHECKPOINT_KEYS_MEMBER] ?? CHECKPOINT_KEYS, from)
  const [tokens, checkpoints] = await Promise.all([
    readSet(tokensUrl, fetch, timer),
    readSet(checkpointsUrl, fetch, timer),
  ])
  return { tokens, checkpoints }
}

async function readSet(url: string, fetch: Fetch, timer: Timer): Promise<readonly VerifyKey[]> {
  const json = await fetchJson(url, fetch, timer)
  const keys = importSet(json, url)
  if (keys.length > KEYS_PER_SET_MAX) throw unusable(`more than ${KEYS_PER_SET_MAX} keys at ${url}`)
  return keys
}

function importSet(json: unknown, url: string): readonly VerifyKey[] {
  try {
    return importJwks(json)
  } catch (cause) {
    const why = cause instanceof FreshetError ? `: ${cause.message}` : ''
    throw new FreshetError('keys.unavailable', `${url} is not usable${why}.`, { cause })
  }
}

function keySetUrl(value: unknown, issuer: URL): string {
  const url = sameOrigin(value, issuer)
  if (url === undefined) throw unusable('the metadata names a key set outside the issuer’s origin')
  return url
}

function unusable(what: string): FreshetError {
  return new FreshetError('keys.unavailable', `Key discovery failed: ${what}.`)
}
