import { FreshetError } from '@freshet/domain'

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']

/**
 * Where a document of the issuer stands (RFC 8414 §3.1, AuthZEN 1.0 §9.2: the well-known part stands
 * before the issuer's path).
 *
 * @throws `config.invalid` unless the issuer is an https URL, or http on loopback
 */
export function wellKnownUrl(issuer: string, document: string): URL {
  const { origin, path } = placeOf(issuer)
  return new URL(`/.well-known/${document}${path}`, origin)
}

/** The same where the well-known part stands behind the path (OpenID Connect Discovery 1.0 §4). */
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

/** An address that may be read. @throws `config.invalid` unless it is https, or http on loopback */
export function safeUrl(text: string): string {
  const url = readUrl(text)
  if (url === undefined) throw new FreshetError('config.invalid', 'an https URL is needed')
  return url.href
}

/** An address that the issuer's metadata names, if it is the issuer's own origin. */
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
