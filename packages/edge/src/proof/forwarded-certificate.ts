import { createHash } from 'node:crypto'

/** The form in which a proxy writes the certificate of a client into a header. */
export type CertificateForm = 'envoy' | 'pem-url-encoded' | 'der-base64'

const CERTIFICATE_LENGTH_MAX = 16_384
const pem = /^\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/
const base64 = /^[A-Za-z0-9+/]+={0,2}$/
const envoyHash = /(?:^|;)Hash=([\da-f]{64})(?=;|$)/gi

/**
 * The thumbprint of the one certificate that a header names (RFC 8705 §3.1); undefined where it names none,
 * several, or something else. A second one could come from the client.
 */
export function forwardedThumbprint(header: unknown, form: CertificateForm): string | undefined {
  if (typeof header !== 'string' || header.length > CERTIFICATE_LENGTH_MAX) return undefined
  switch (form) {
    case 'envoy':
      return envoyThumbprint(header)
    case 'pem-url-encoded':
      return thumbprintOf(pem.exec(decoded(header))?.[1]?.replaceAll(/\s/g, ''))
    case 'der-base64':
      // RFC 9440 writes colons around it; Traefik escapes it.
      return thumbprintOf(decoded(header).replace(/^:(.*):$/, '$1'))
  }
}

/** SHA-256 of the DER of a certificate, in base64url. */
export function certificateThumbprint(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('base64url')
}

/** `x-forwarded-client-cert` has an element for each proxy on the way, of which the first can be forged. */
function envoyThumbprint(header: string): string | undefined {
  const unquoted = outsideQuotes(header)
  if (unquoted === undefined || unquoted.includes(',')) return undefined
  const found = [...unquoted.matchAll(envoyHash)]
  const [, hash] = found[0] ?? []
  if (hash === undefined || found.length > 1) return undefined
  return Buffer.from(hash, 'hex').toString('base64url')
}

/**
 * @internal
 *
 * Returns the text outside of double quotes; undefined if a quote does not end. A backslash escapes within quotes. It
 * reads each character once.
 */
export function outsideQuotes(characters: Iterable<string>): string | undefined {
  let outside = ''
  let isQuoted = false
  let isEscaped = false
  for (const character of characters) {
    if (isEscaped) isEscaped = false
    else if (isQuoted && character === '\\') isEscaped = true
    else if (character === '"') isQuoted = !isQuoted
    else if (!isQuoted) outside += character
  }
  return isQuoted ? undefined : outside
}

function thumbprintOf(text: string | undefined): string | undefined {
  if (text === undefined || !base64.test(text)) return undefined
  return certificateThumbprint(Buffer.from(text, 'base64'))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
