import { FreshetError, type ErrorCode } from '@freshet/protocol'
import { certificateNames, tlsFaults } from '@freshet/protocol/network'

/** The reasons for which TLS fails, each with the next step, by the code of Node.js. */
const REASONS: Readonly<Record<string, string>> = {
  ...tlsFaults({
    peer: 'server',
    ca: 'Set sslrootcert in DATABASE_URL to the CA that signed the certificate of the server',
    client:
      'Check sslcert in DATABASE_URL: its dates, and whether the server trusts its CA (ssl_ca_file)',
    noClient: 'Set sslcert and sslkey in DATABASE_URL',
    name: 'Use a host of the certificate in DATABASE_URL',
  }),
  ERR_SSL_WRONG_VERSION_NUMBER: 'its port does not use TLS. Compare the port with the server',
}

/** The driver reports these facts by text alone. */
const WITHOUT_TLS = 'The server does not support SSL connections'
const ENDED_EARLY = /before secure TLS connection was established/

/** Versions of OpenSSL name the same alert differently. */
const NEW_ALERT = 'ERR_SSL_SSL/TLS_ALERT_'
const OLD_ALERT = 'ERR_SSL_SSLV3_ALERT_'

/** Returns the reason why a connection failed if TLS is the cause, otherwise `undefined`. */
function databaseTlsReason(error: unknown): string | undefined {
  const { code: given, message } = Object(error) as Readonly<Record<string, unknown>>
  const code = typeof given === 'string' ? given.replace(NEW_ALERT, OLD_ALERT) : undefined
  const text = typeof message === 'string' ? message : ''
  if (text === WITHOUT_TLS) {
    return 'the server offers no TLS. Set ssl = on in its configuration, or use the address that has TLS'
  }
  if (ENDED_EARLY.test(text)) {
    return 'it ended the connection during the handshake. Compare the port with that of the server'
  }
  if (code === undefined) return undefined
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `${certificateNames(text)}. ${REASONS[code] ?? ''}`
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') {
    return 'sslkey is not the key of sslcert. Set both in DATABASE_URL to the files of one certificate'
  }
  if (code.startsWith('ERR_OSSL_')) {
    return `a file of sslrootcert, sslcert or sslkey in DATABASE_URL cannot be used (${code}). Check that each has PEM text`
  }
  const isTls = code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code in REASONS
  return isTls ? (REASONS[code] ?? `${code}. See the log of the server`) : undefined
}

/** The code and the message of an error. */
type LoginRefusal = readonly [code: ErrorCode, message: string]

/** The part of a connection's description that a refusal names. */
interface Connecting {
  readonly address: string
  readonly login: string
  readonly isEncrypted: boolean
  readonly hasCertificate: boolean
}

const INVALID_PASSWORD = '28P01'
const INVALID_AUTHORIZATION = '28000'
const UNKNOWN_DATABASE = '3D000'
const INSUFFICIENT_PRIVILEGE = '42501'
/** The driver has no code for a password that the URL does not have. */
const WITHOUT_PASSWORD = 'client password must be a string'
/** Servers write this text in the language of `lc_messages`. Only the hint depends on it. */
const CERTIFICATE = /certificate/i

/** Returns the refusal if the server did not accept the login, otherwise `undefined`. */
function loginRefusalOf(error: unknown, connecting: Connecting): LoginRefusal | undefined {
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown }
  const text = typeof message === 'string' ? message : ''
  const who = `login ${connecting.login}`
  if (text.includes(WITHOUT_PASSWORD)) {
    return ['config.invalid', `DATABASE_URL has no password, and the server asks ${who} for one.`]
  }
  switch (code) {
    case INVALID_PASSWORD:
      return ['config.invalid', passwordText(who, connecting)]
    case INVALID_AUTHORIZATION:
      return ['config.invalid', `The database refuses ${who}: ${text}. ${hint(text, connecting)}`]
    case UNKNOWN_DATABASE:
      return ['config.invalid', `DATABASE_URL names a database that does not exist: ${text}.`]
    case INSUFFICIENT_PRIVILEGE:
      return [
        'database.privilege',
        `The database at ${connecting.address} refuses ${who}: ${text}. Let a database administrator run the output of \`freshet db roles -o sql\`.`,
      ]
    default:
      return undefined
  }
}

/** The server gives the same answer to an unknown login, and to a certificate with another name. */
function passwordText(who: string, { hasCertificate }: Connecting): string {
  const causes = hasCertificate
    ? ', does not have this login, or demands its name in the certificate of sslcert'
    : ', or does not have this login'
  return `The database refuses the password of ${who}${causes}. Compare DATABASE_URL with the logins of the database. \`freshet db roles\` lists them.`
}

function hint(text: string, { isEncrypted, hasCertificate }: Connecting): string {
  if (!isEncrypted) return 'Add sslmode=verify-full to DATABASE_URL: this connection has no TLS.'
  if (CERTIFICATE.test(text) && !hasCertificate) return 'Set sslcert and sslkey in DATABASE_URL.'
  if (CERTIFICATE.test(text))
    return 'Compare the name in the certificate of sslcert with the login.'
  return 'Let a database administrator add a rule for it in pg_hba.conf.'
}

/** The connection that a URL describes, without its password. */
export interface Target {
  /** `host:port`. */
  readonly address: string
  readonly login: string
  /** True if the driver asks the server for TLS. */
  readonly isEncrypted: boolean
  /** True if the URL names a client certificate. */
  readonly hasCertificate: boolean
}

const DEFAULT_PORT = '5432'
/** The members of a URL that name files, which the driver reads for each new connection. */
const FILES = ['sslrootcert', 'sslcert', 'sslkey'] as const

/** Reads a URL as the driver does. */
export function targetOf(text: string): Target {
  const url = new URL(text)
  const param = (name: string): string => url.searchParams.get(name) ?? ''
  const host = param('host') || decodeURIComponent(url.hostname) || 'the default host'
  const mode = param('sslmode')
  const asks = mode !== '' || /^(true|1)$/.test(param('ssl')) || FILES.some((name) => param(name))
  return {
    address: `${host}:${param('port') || url.port || DEFAULT_PORT}`,
    login: param('user') || decodeURIComponent(url.username),
    isEncrypted: asks && mode !== 'disable',
    hasCertificate: param('sslcert') !== '',
  }
}

/**
 * Translates an error of a connection that did not open: `database.tls`, `config.invalid` or
 * `database.privilege`, with the reason and the next step. Every other error is returned as it is.
 */
export function refusedConnection(error: unknown, target: Target): Error {
  const { address } = target
  const tls = databaseTlsReason(error)
  if (tls !== undefined) {
    const message = `TLS with the database at ${address} fails: ${tls}.`
    return new FreshetError('database.tls', message, { cause: error })
  }
  const refusal = fileRefusal(error) ?? loginRefusalOf(error, target)
  if (refusal !== undefined) return new FreshetError(...refusal, { cause: error })
  return error instanceof Error ? error : new Error('unknown', { cause: error })
}

/** The driver reads the files of the URL before it connects. */
function fileRefusal(error: unknown): LoginRefusal | undefined {
  const { code, syscall, path } = Object(error) as NodeJS.ErrnoException
  if (syscall !== 'open' && code !== 'EISDIR') return undefined
  const named = path === undefined ? 'a folder' : `the file ${path}`
  const message = `DATABASE_URL names ${named} in ${FILES.join(', ')}, which this process cannot read (${code ?? 'unknown'}).`
  return ['config.invalid', message]
}
