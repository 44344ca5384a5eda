import { createHash } from 'node:crypto'
import { BlockList, isIP } from 'node:net'
import { FreshetError } from '@freshet/protocol'
import { unprovenToken } from '../token/invalid-token.ts'
import type { ProofOfPossession } from './proof-of-possession.ts'
import type { SenderProof } from './sender-proof.ts'

/** The place of the client's certificate in a request. */
export interface MtlsOptions {
  /**
   * A header into which a proxy writes the certificate. The proxy must overwrite what clients send
   * by that name. Absent: the certificate of the TLS connection that this process ends itself.
   */
  readonly header?: string
  /**
   * Its form: `envoy` (`x-forwarded-client-cert` with `Hash`), `pem-url-encoded` (nginx:
   * `$ssl_client_escaped_cert`), or `der-base64` (RFC 9440, Caddy, HAProxy, Traefik).
   */
  readonly form?: CertificateForm
  /** Addresses, or ranges as `10.0.0.0/8`, that the header is believed from: your proxies. */
  readonly from?: readonly string[]
}

const FORMS: readonly unknown[] = ['envoy', 'pem-url-encoded', 'der-base64']
const name = /^[!#$%&'*+\-.^_`|~\w]{1,128}$/

/**
 * Verifies tokens with `cnf.x5t#S256` by the certificate of the client's TLS connection
 * (RFC 8705 §3). The handshake proves the key, so that the certificate can be self-signed: the
 * server must ask for one (`requestCert: true`). A header counts only where you name it, and only
 * from the addresses that you name.
 *
 * @throws `config.invalid`
 *
 * @example
 * createEdge({ issuer, audience, revocations, proof: [dpop({ urls }), mtls()] })
 */
export function mtls(options: MtlsOptions = {}): ProofOfPossession {
  const readThumbprint = options.header === undefined ? ofConnection(options) : ofHeader(options)
  return {
    confirms: 'x5t#S256',
    scheme: 'Bearer',
    async verify({ bound, proof }) {
      const shown = readThumbprint(proof)
      if (shown === undefined) throw unprovenToken('the request shows no certificate of its client')
      if (shown !== bound) throw unprovenToken('the certificate of the client is another one')
    },
  }
}

type FindThumbprint = (proof: SenderProof) => string | undefined

function ofConnection({ form, from }: MtlsOptions): FindThumbprint {
  if (form !== undefined || from !== undefined) throw wrong('header: name it beside form and from')
  return ({ certificate }) => {
    const der = certificate?.()
    return der && certificateThumbprint(der)
  }
}

function ofHeader({ header = '', form, from = [] }: MtlsOptions): FindThumbprint {
  if (!name.test(header)) throw wrong('header: the name of a header')
  if (form === undefined || !FORMS.includes(form)) throw wrong(`form: one of ${FORMS.join(', ')}`)
  if (from.length === 0) throw wrong('from: name the addresses of your proxies')
  const trusted = new BlockList()
  for (const each of from) trust(trusted, each)
  return ({ address, header: headerOf }) => {
    if (!isWithin(trusted, address)) return undefined
    return forwardedThumbprint(headerOf?.(header.toLowerCase()), form)
  }
}

function trust(trusted: BlockList, range: string): void {
  const [address = '', bits, ...more] = range.split('/')
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  const longest = family === 'ipv6' ? 128 : 32
  const prefix = bits === undefined ? longest : Number(bits)
  const isRange = /^\d{1,3}$/.test(bits ?? '0') && prefix <= longest && more.length === 0
  if (isIP(address) === 0 || !isRange) throw wrong(`from: ${range} is no address or range`)
  trusted.addSubnet(address, prefix, family)
}

/** An IPv4 client of a socket for both families has an address such as `::ffff:127.0.0.1`. */
function isWithin(trusted: BlockList, address: string | undefined): boolean {
  const plain = address?.replace(/^::ffff:(?=\d+\.)/i, '') ?? ''
  const family = isIP(plain)
  return family !== 0 && trusted.check(plain, family === 6 ? 'ipv6' : 'ipv4')
}

function wrong(what: string): FreshetError {
  return new FreshetError('config.invalid', `mtls: ${what}.`)
}

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
function certificateThumbprint(der: Uint8Array): string {
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
