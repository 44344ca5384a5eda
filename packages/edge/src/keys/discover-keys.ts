import { FreshetError } from '@freshet/domain'
import { importJwks, type Timer, type VerifyKey } from '@freshet/events'
import { KEYS_PER_SET_MAX } from '../limits.ts'
import { fetchJson, type Fetch } from './fetch-json.ts'

/** The two key sets of an issuer. */
export interface KeySets {
  /** Keys of access tokens. */
  readonly tokens: readonly VerifyKey[]
  /** Keys of checkpoints. */
  readonly checkpoints: readonly VerifyKey[]
}

const METADATA = '/.well-known/oauth-authorization-server'
const CHECKPOINT_KEYS = '/.well-known/freshet-checkpoints.jwks.json'
const CHECKPOINT_KEYS_MEMBER = 'freshet_checkpoints_jwks_uri'
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']

/**
 * The metadata's address (RFC 8414 §3.1: the well-known part stands before the issuer's path).
 *
 * @throws `config.invalid` unless the issuer is an https URL, or http on loopback
 */
export function metadataUrl(issuer: string): URL {
  const url = readUrl(issuer)
  if (url === undefined || url.search !== '' || url.hash !== '')
    throw new FreshetError('config.invalid', 'issuer: an https URL without query and fragment')
  const path = url.pathname === '/' ? '' : url.pathname
  return new URL(`${METADATA}${path}`, url.origin)
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
  const tokensUrl = sameOrigin(metadata['jwks_uri'], from)
  const checkpointsUrl = sameOrigin(metadata[CHECKPOINT_KEYS_MEMBER] ?? CHECKPOINT_KEYS, from)
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
    throw new FreshetError('keys.unavailable', `${url} is not a usable key set.`, { cause })
  }
}

function sameOrigin(value: unknown, issuer: URL): string {
  const url = typeof value === 'string' ? readUrl(value, issuer.origin) : undefined
  if (url === undefined || url.origin !== issuer.origin)
    throw unusable('the metadata names a key set outside the issuer’s origin')
  return url.href
}

function readUrl(text: string, base?: string): URL | undefined {
  if (!URL.canParse(text, base)) return undefined
  const url = new URL(text, base)
  const isSafe = url.protocol === 'https:' || LOOPBACK.includes(url.hostname)
  return isSafe && url.username === '' ? url : undefined
}

function unusable(what: string): FreshetError {
  return new FreshetError('keys.unavailable', `Key discovery failed: ${what}.`)
}
