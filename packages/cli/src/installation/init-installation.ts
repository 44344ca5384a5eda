import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { isLoopback } from '@freshet/protocol/network'
import { databasePlaintext } from '@freshet/runtime'
import { CliError } from '../cli-error.ts'
import { newSecret } from '../stack/key-files.ts'
import { requireProtected } from '../context.ts'
import { secretOf } from '../secret-of.ts'
import type { Shell } from '../shell.ts'
import { installationOf } from './installation.ts'
import { nextCommands, type NextCommand } from './next-commands.ts'
import { writeInstallation } from './write-installation.ts'

/** The options of `freshet init`. */
export interface InitOptions {
  readonly tenant: string
  readonly brokers?: string | undefined
  readonly databaseUrl?: string | undefined
  readonly issuer?: string | undefined
  readonly gateway?: string | undefined
  readonly idp?: string | undefined
  readonly firstPort: number
  readonly logins?: true | undefined
  readonly probes: boolean
}

/** The written files, and the commands that follow. */
export interface InstallationResult {
  readonly dir: string
  readonly files: readonly string[]
  readonly next: readonly NextCommand[]
}

const BROKERS = '127.0.0.1:9092'
const DATABASE_URL = 'postgres://freshet@127.0.0.1:5432/freshet'
/** A part of file contents and host names. */
const TENANT = /^[a-z][a-z0-9-]{0,62}$/
const BROKER = /^[\w.[\]:-]+:\d{1,5}$/

/** Runs `freshet init`. @throws `CliError` for an option that no service could use, and for a file that is there */
export async function initInstallation(
  shell: Shell,
  dir: string,
  options: InitOptions,
): Promise<InstallationResult> {
  const { tenant, issuer, gateway, idp, firstPort, probes } = options
  if (!TENANT.test(tenant))
    throw new CliError('usage', '--tenant has lower-case letters, digits and - in it.')
  for (const [name, url] of Object.entries({ issuer, gateway, idp }))
    if (url !== undefined) requireProtected('a credential', `--${name}`, url)
  const logins = options.logins === true
  const brokers = brokersOf(options.brokers ?? shell.env['KAFKA_BROKERS'] ?? BROKERS)
  const at = installationOf({
    dir: resolve(shell.cwd, dir),
    tenant,
    issuer,
    gateway,
    idp,
    firstPort,
    brokers,
    logins,
    probes,
    kafkaTls: kafkaTlsOf(shell, logins || !brokers.every(isLocal)),
    databaseUrl: await databaseOf(shell, options.databaseUrl),
  })
  await writeInstallation(at, {
    nowMs: Math.floor(Date.now() / 1_000) * 1_000,
    random: () => randomBytes(4).toString('hex'),
    secret: newSecret,
  })
  const files = at.files.map((file) => at.path(file))
  return { dir: at.dir, files, next: nextCommands(at, dir) }
}

function brokersOf(text: string): readonly string[] {
  const brokers = text.split(',').map((each) => each.trim())
  if (brokers.every((broker) => BROKER.test(broker))) return brokers
  throw new CliError('usage', '--brokers is a list of host:port, by commas.')
}

function isLocal(broker: string): boolean {
  return isLoopback(broker.replace(/:\d+$/, ''))
}

/** The settings of TLS in the environment, for every process. Its files are named by absolute paths. */
function kafkaTlsOf({ env, cwd }: Shell, isNeeded: boolean): Readonly<Record<string, string>> {
  const given = Object.entries(env).filter(([name]) => name.startsWith('KAFKA_TLS'))
  const settings = given.map(([name, value = '']): [string, string] => [
    name,
    name.endsWith('_FILE') ? resolve(cwd, value) : value,
  ])
  return { ...(isNeeded && { KAFKA_TLS: 'true' }), ...Object.fromEntries(settings) }
}

/** Services refuse a database that they could reach in clear, so its URL is not written. */
async function databaseOf(shell: Shell, given: string | undefined): Promise<string> {
  const url = given ?? (await secretOf(shell, 'DATABASE_URL')) ?? DATABASE_URL
  if (!URL.canParse(url)) throw new CliError('usage', '--database-url is not a URL.')
  const why = databasePlaintext(url)
  if (why === undefined) return url
  throw new CliError('usage', 'No service would use this database.', {
    why,
    next: 'add sslmode=verify-full to the URL: docs/postgres.md',
  })
}
