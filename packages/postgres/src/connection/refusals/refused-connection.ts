import { FreshetError } from '@freshet/protocol'
import { loginRefusalOf, type LoginRefusal } from './server-refusal.ts'
import { databaseTlsReason } from './tls-reason.ts'

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
