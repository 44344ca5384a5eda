import { FreshetError, type PublishedAt } from '@freshet/protocol'
import { parseJson } from '../../json/strict-json.ts'
import type { Timer } from '../../log/timer.ts'
import { readJwks, type JwksReading } from '../jwks.ts'
import { KEYS_PER_SET_MAX, KEYS_BYTES_MAX, KEYS_FETCH_MS } from './limits.ts'
import { PublishedKeys } from './published-keys.ts'

/** The settings for holding published key sets. */
export interface KeySetsSettings {
  readonly fetch: Fetch
  readonly timer: Timer
  /** Sets that are held at most. */
  readonly setsMax: number
  /** The issuers in force; sets of other issuers are removed first. */
  readonly inForce: () => Iterable<KeyOrigin>
  /** Called when a held key is gone: a result that was verified with it no longer counts as verified. */
  readonly onGone?: () => void
}

/**
 * The key sets that issuers publish, each at the address that the registry names, and nowhere else. A token
 * never names an address. The number of sets is bounded. A set of an issuer that is no longer in force is
 * removed first. No other set is removed, because reading would then have no cooldown.
 */
export class PublishedKeySets {
  readonly #settings: KeySetsSettings
  readonly #sets = new Map<string, PublishedKeys>()

  constructor(settings: KeySetsSettings) {
    this.#settings = settings
  }

  /** Returns the set of an issuer. It reads nothing yet. @throws `keys.unavailable` if there is no room */
  of({ issuer, published }: KeyOrigin): PublishedKeys {
    const name = nameOf({ issuer, published })
    const known = this.#sets.get(name)
    if (known !== undefined) return known
    this.#makeRoom()
    const { fetch, timer, onGone = () => undefined } = this.#settings
    const read = () => readPublished({ issuer, published }, fetch, timer)
    const made = new PublishedKeys(read, { timer, issuer, onGone, keptMs: published.keptMs })
    this.#sets.set(name, made)
    return made
  }

  #makeRoom(): void {
    const { setsMax, inForce } = this.#settings
    if (this.#sets.size < setsMax) return
    const needed = new Set([...inForce()].map(nameOf))
    for (const name of this.#sets.keys()) if (!needed.has(name)) this.#sets.delete(name)
    if (this.#sets.size < setsMax) return
    const message = `Published keys of more than ${setsMax} issuers are not held.`
    throw new FreshetError('keys.unavailable', message)
  }
}

/** Reading depends on these terms alone, so a set stays if other terms change. */
function nameOf({ issuer, published }: KeyOrigin): string {
  return JSON.stringify([issuer, published])
}

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

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']

/**
 * Returns the address of a document of the issuer (RFC 8414 §3.1, AuthZEN 1.0 §9.2: the well-known part comes
 * before the issuer's path).
 *
 * @throws `config.invalid` unless the issuer is an https URL, or http on loopback
 */
export function wellKnownUrl(issuer: string, document: string): URL {
  const { origin, path } = placeOf(issuer)
  return new URL(`/.well-known/${document}${path}`, origin)
}

/** Returns the address with the well-known part behind the path (OpenID Connect Discovery 1.0 §4). */
function openIdUrl(issuer: string, document: string): URL {
  const { origin, path } = placeOf(issuer)
  return new URL(`${path}/.well-known/${document}`, origin)
}

function placeOf(issuer: string): { readonly origin: string; readonly path: string } {
  const url = readUrl(issuer)
  if (url === undefined || url.search !== '' || url.hash !== '')
    throw new FreshetError('config.invalid', 'issuer: an https URL without query and fragment')
  return { origin: url.origin, path: url.pathname.replace(/\/$/, '') }
}

/**
 * Returns an address that a process is allowed to read. @throws `config.invalid` unless it is https, or http
 * on loopback
 */
function safeUrl(text: string): string {
  const url = readUrl(text)
  if (url === undefined) throw new FreshetError('config.invalid', 'an https URL is needed')
  return url.href
}

/** Returns an address that the issuer's metadata names, if it is of the issuer's own origin. */
export function sameOrigin(value: unknown, issuer: URL): string | undefined {
  const url = typeof value === 'string' ? readUrl(value, issuer.origin) : undefined
  return url?.origin === issuer.origin ? url.href : undefined
}

function readUrl(text: string, base?: string): URL | undefined {
  if (!URL.canParse(text, base)) return undefined
  const url = new URL(text, base)
  const isSafe = url.protocol === 'https:' || LOOPBACK.includes(url.hostname)
  return isSafe && url.username === '' ? url : undefined
}

/** The part of `fetch` that is used. */
export type Fetch = (
  url: string,
  init: {
    readonly redirect: 'error'
    readonly signal: AbortSignal
    readonly headers: Readonly<Record<string, string>>
    readonly method?: 'POST'
    readonly body?: string
  },
) => Promise<FetchedResponse>

/** The part of a response that is read. */
export interface FetchedResponse {
  readonly status: number
  readonly body: AsyncIterable<Uint8Array> | null
}

/**
 * Reads one JSON document: no redirects, 5 s, 64 KiB, strict JSON.
 *
 * @throws `keys.unavailable`
 */
export async function fetchJson(url: string, fetch: Fetch, timer: Timer): Promise<unknown> {
  const abort = new AbortController()
  const done = new AbortController()
  void timer.sleep(KEYS_FETCH_MS, done.signal).then(() => abort.abort())
  try {
    const headers = { accept: 'application/json' }
    const response = await fetch(url, { redirect: 'error', signal: abort.signal, headers })
    return await readJsonAnswer(response, KEYS_BYTES_MAX)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown'
    throw new FreshetError('keys.unavailable', `Cannot read ${url}: ${reason}`, { cause })
  } finally {
    done.abort()
    abort.abort()
  }
}

/** Reads the JSON of an answer 200. @throws Error for every other answer, and beyond the limit */
export async function readJsonAnswer(
  response: FetchedResponse,
  bytesMax: number,
): Promise<unknown> {
  if (response.status !== 200) {
    // A body that is not read would keep its connection.
    await response.body?.[Symbol.asyncIterator]().return?.()
    throw new Error(`answered ${response.status}`)
  }
  return parseJson(await readBody(response, bytesMax), { maxBytes: bytesMax })
}

async function readBody({ body }: FetchedResponse, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > bytesMax) throw new Error(`more than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
