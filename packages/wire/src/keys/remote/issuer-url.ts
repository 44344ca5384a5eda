import { FreshetError } from '@freshet/protocol'

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
export function openIdUrl(issuer: string, document: string): URL {
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
export function safeUrl(text: string): string {
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
