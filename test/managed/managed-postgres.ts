import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres, type LocalPostgres } from '@freshet/local-postgres'
import { createDatabase, planLogins, rolesSql, type DatabaseLogin } from '@freshet/postgres'
import { testAuthority, type Issued, type TestAuthority } from '../setup/certificates.ts'

/** The database of Freshet. */
export const DATABASE = 'entitlements'
/** The database that demands a client certificate with the name of the login. */
export const CERTIFIED = 'certified'

/** The parts of a connection that a test changes. */
export interface Connecting {
  readonly login?: string
  readonly password?: string
  readonly host?: string
  readonly database?: string
  /** Files below the folder of the server, or `undefined` to leave out the parameter. */
  readonly sslrootcert?: string | undefined
  readonly sslcert?: string
  readonly sslkey?: string
  readonly sslmode?: string | undefined
}

/**
 * A Postgres as a platform team gets it: TLS on every connection, and an administrator that can create roles
 * and is not a superuser.
 */
export interface ManagedPostgres extends AsyncDisposable {
  readonly logins: readonly DatabaseLogin[]
  /** Folder of the files of clients. */
  readonly dir: string
  readonly authority: TestAuthority
  /** Returns the URL of a connection. Default: the login that migrates, with its password and the right CA. */
  readonly urlOf: (connecting?: Connecting) => string
  /** The URL of the provider itself, which sees the connections of every login. */
  readonly superuserUrl: string
  /** Runs statements as the administrator, all at once. */
  readonly asAdministrator: (sql: string) => Promise<void>
  /** Runs the SQL of `freshet db roles -o sql` and sets the passwords. */
  readonly createLogins: () => Promise<void>
  /** Gives the server another certificate, and starts it again. */
  readonly serve: (certificate: Issued) => Promise<void>
}

const ADMINISTRATOR = 'dba'
const RULES = [
  `hostssl ${CERTIFIED} all 127.0.0.1/32 scram-sha-256 clientcert=verify-full`,
  'hostssl all all 127.0.0.1/32 scram-sha-256',
]

/** Starts one. Its database is empty, and it has no role of Freshet. `programs` are those of another version. */
export async function startManagedPostgres(programs?: string): Promise<ManagedPostgres> {
  const dir = await mkdtemp(join(tmpdir(), 'freshet-managed-'))
  const authority = testAuthority('Freshet test CA')
  const { cert, key } = authority.issue({ commonName: 'db', addresses: ['127.0.0.1'] })
  await writeFile(join(dir, 'ca.pem'), authority.ca)
  await writeFile(join(dir, 'other-ca.pem'), testAuthority('Another CA').ca)
  const server = await startPostgres({
    durable: false,
    databaseUrl: '',
    programs,
    cluster: {
      settings: { ssl: 'on', ssl_ca_file: 'clients.crt' },
      files: { 'server.crt': cert, 'server.key': key, 'clients.crt': authority.ca },
      accessRules: RULES,
    },
  })
  const logins = planLogins()
  const urlOf = (connecting: Connecting = {}): string => urlFor({ server, dir }, connecting)
  const administrator = urlOf({ login: ADMINISTRATOR })
  const managed: ManagedPostgres = {
    logins,
    dir,
    authority,
    urlOf,
    superuserUrl: withTls(server.url, dir),
    asAdministrator: (sql) => run(administrator, sql),
    async createLogins() {
      await run(administrator, rolesSql(logins))
      const lines = logins.map(({ login }) => `ALTER ROLE ${login} PASSWORD '${login}';`)
      await run(administrator, lines.join('\n'))
    },
    async serve(certificate) {
      const data = join(server.dir ?? '', 'data')
      await writeFile(join(data, 'server.crt'), certificate.cert)
      await writeFile(join(data, 'server.key'), certificate.key)
      await server.restart('SIGINT')
    },
    async [Symbol.asyncDispose]() {
      await server.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
  await prepare(managed.superuserUrl)
  return managed
}

/** The steps of a provider: an administrator that owns the databases. */
async function prepare(superuser: string): Promise<void> {
  await run(superuser, `CREATE ROLE ${ADMINISTRATOR} LOGIN CREATEROLE PASSWORD '${ADMINISTRATOR}'`)
  for (const name of [DATABASE, CERTIFIED]) {
    await run(superuser, `CREATE DATABASE ${name} OWNER ${ADMINISTRATOR}`)
  }
}

function withTls(url: string, dir: string): string {
  return `${url}?sslmode=verify-full&sslrootcert=${join(dir, 'ca.pem')}`
}

function urlFor(
  { server, dir }: { readonly server: LocalPostgres; readonly dir: string },
  connecting: Connecting,
): string {
  const { login = 'freshet_migrate', password = login, host, database = DATABASE } = connecting
  const url = new URL(server.url)
  Object.assign(url, { username: login, password, pathname: `/${database}` })
  if (host !== undefined) url.hostname = host
  const files = { sslrootcert: 'ca.pem', ...connecting }
  for (const name of ['sslrootcert', 'sslcert', 'sslkey'] as const) {
    const file = files[name]
    if (file !== undefined) url.searchParams.set(name, join(dir, file))
  }
  const { sslmode } = { sslmode: 'verify-full', ...connecting }
  if (sslmode !== undefined) url.searchParams.set('sslmode', sslmode)
  return url.href
}

async function run(url: string, text: string): Promise<void> {
  await using db = createDatabase({ url, max: 1, applicationName: 'freshet-test' })
  const client = await db.pool.connect()
  try {
    // Several statements at once, as a client for people sends them.
    await client.query(text)
  } finally {
    client.release()
  }
}
