import { HOSTS_MAX, isLoopback, pairHosts } from '@freshet/protocol/network'
import {
  readConfig,
  secret,
  setting,
  type Relation,
  type Variable,
} from '@freshet/wire/environment'
import * as z from 'zod'

/** The connection to Postgres from the environment of a process. */
export interface DatabaseSettings {
  readonly databaseUrl: string
  /** True if unencrypted connections are allowed to leave this machine. */
  readonly databaseAllowPlaintext: boolean
}

type DatabaseVariables = { readonly [K in keyof DatabaseSettings]: Variable<DatabaseSettings[K]> }

/** The variables by which a process reaches Postgres. Each service and the CLI read the same ones. */
export const databaseVariables: DatabaseVariables = {
  databaseUrl: secret('DATABASE_URL', z.url()),
  databaseAllowPlaintext: setting('DATABASE_ALLOW_PLAINTEXT', z.stringbool().default(false)),
}

/**
 * Refuses a connection that could be in clear over a network, and a URL that the driver cannot use. `readConfig`
 * takes them.
 */
export const databaseRelations: readonly Relation<DatabaseVariables>[] = [
  ({ databaseUrl }) => {
    const why = hostsProblem(new URL(databaseUrl))
    return why === undefined ? undefined : `DATABASE_URL: ${why}`
  },
  ({ databaseUrl, databaseAllowPlaintext }) =>
    plaintextProblem('DATABASE_URL', databaseUrl, databaseAllowPlaintext),
]

/** Returns the reason for which a URL of a read replica cannot be used, as a relation of `readConfig` does. */
export function replicaProblem(
  databaseReadUrl: string | undefined,
  allowPlaintext: boolean,
): string | undefined {
  if (databaseReadUrl === undefined) return undefined
  // Several hosts lead to the primary.
  if (hostOf(new URL(databaseReadUrl)).includes(','))
    return 'DATABASE_READ_URL: it names several hosts; name one replica'
  return plaintextProblem('DATABASE_READ_URL', databaseReadUrl, allowPlaintext)
}

function plaintextProblem(name: string, url: string, allowed: boolean): string | undefined {
  const why = allowed ? undefined : databasePlaintext(url)
  if (why === undefined) return undefined
  return `${name}: ${why}; add sslmode=verify-full to the URL, or set DATABASE_ALLOW_PLAINTEXT=true to accept traffic in clear`
}

/**
 * Reads the database variables alone, for a program with other variables of its own.
 *
 * @throws `config.invalid` with every problem at once
 */
export function readDatabaseSettings(
  env: Readonly<Record<string, string | undefined>>,
): DatabaseSettings {
  const ours = Object.entries(env).filter(([name]) => name.startsWith('DATABASE_'))
  return readConfig(Object.fromEntries(ours), databaseVariables, databaseRelations)
}

/** Each connection goes to the host that accepts writes, so no other demand on the server can be kept. */
const WRITERS: readonly string[] = ['', 'read-write', 'primary']

/** Returns the reason for which the hosts of a URL cannot be used. */
function hostsProblem(url: URL): string | undefined {
  const hosts = hostOf(url)
  if (!hosts.includes(',')) return undefined
  const ports = url.searchParams.get('port') ?? ''
  if (url.port !== '' && ports === '')
    return 'it names several hosts and one port; name the ports by port=5432,5432'
  if (pairHosts(hosts, ports || '5432') === undefined)
    return `host= and port= name at most ${HOSTS_MAX} hosts, and one port or one for each host`
  if (WRITERS.includes(url.searchParams.get('target_session_attrs') ?? '')) return undefined
  return 'its target_session_attrs is not read-write; services need the primary'
}

/** Modes under which the driver refuses a server without TLS, now and in its next major version. */
const ENCRYPTED: readonly string[] = ['require', 'verify-ca', 'verify-full']
/** Parameters that decide where a connection goes and whether it is encrypted. */
const DECISIVE: readonly string[] = ['host', 'port', 'ssl', 'sslmode']

/**
 * Why traffic to this database could be in clear; undefined where it cannot: on loopback, over a Unix
 * socket, or with `sslmode` of `require`, `verify-ca` or `verify-full`. The reason holds no secret.
 */
export function databasePlaintext(text: string): string | undefined {
  const url = new URL(text)
  const twice = DECISIVE.find((name) => url.searchParams.getAll(name).length > 1)
  if (twice !== undefined) return `its parameter ${twice} is given twice`
  const host = hostOf(url)
  const isHere = (each: string): boolean => each.startsWith('/') || isLoopback(each)
  if (url.protocol === 'socket:' || host.split(',').every(isHere)) return undefined
  if (ENCRYPTED.includes(url.searchParams.get('sslmode') ?? '')) return undefined
  const where = host === '' ? 'it names no host' : `${host} is not on loopback`
  return `${where}, and no sslmode demands TLS`
}

/** The driver gives the parameter precedence. */
function hostOf(url: URL): string {
  return decodeURIComponent(url.searchParams.get('host') || url.hostname)
}
