import { dirname } from 'node:path'
import { isProtectedUrl } from '@freshet/protocol'
import { CliError } from './cli-error.ts'
import type { ConsoleAccess } from './http/console-client.ts'
import type { GatewayAccess } from './http/gateway-client.ts'
import { printable } from './output/printable.ts'
import { secretOf } from './secret-of.ts'
import type { Shell } from './shell.ts'
import { devFileIn, readDevFile, type DevFile } from './stack/dev-file.ts'

/** The place of a stack's description, and its content. */
export interface FoundStack {
  readonly file: string
  readonly dev: DevFile
}

/**
 * The running `dev` stack of the current folder or the nearest one above it; undefined if an option, a variable or a
 * context names the installation. A description whose stack was killed is passed over.
 */
export async function findStack({
  cwd,
  namedBy,
}: Pick<Shell, 'cwd' | 'namedBy'>): Promise<FoundStack | undefined> {
  if (namedBy !== undefined) return undefined
  for (let dir = cwd; ; dir = dirname(dir)) {
    const file = devFileIn(dir)
    const dev = await readDevFile(file)
    if (dev && isRunning(dev)) return { file, dev }
    if (dir === dirname(dir)) return undefined
  }
}

/**
 * Returns whether a stack still runs: `dev` removes its description when it ends, unless it was killed. Its
 * services end with it even then; broker, database and Keycloak are cleaned up by the next start.
 */
export function isRunning({ processes }: DevFile): boolean {
  const stores = ['kafka', 'postgres', 'keycloak']
  return Object.entries(processes).some(([name, pid]) => !stores.includes(name) && isAlive(pid))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return Object(error)['code'] === 'EPERM'
  }
}

/**
 * The running stack. `elsewhere` names the options or variables that a command also accepts.
 *
 * @throws `CliError` unreachable, where none runs
 */
export async function requireStack(shell: Shell, elsewhere?: string): Promise<DevFile> {
  const found = await findStack(shell)
  if (found) return found.dev
  throw new CliError('unreachable', 'No running stack was found here.', {
    why: noStackReason(shell),
    next: elsewhere === undefined ? 'freshet dev' : `freshet dev, or give ${elsewhere}`,
  })
}

function noStackReason({ namedBy }: Shell): string {
  return namedBy === undefined
    ? 'neither this folder nor one above it has a .freshet/dev.json of a running stack'
    : `${namedBy} names the installation, so a stack of this folder is not used`
}

/** The console of the installation that {@link inContext} chose. */
export async function consoleAccess(shell: Shell): Promise<ConsoleAccess> {
  const found = await findStack(shell)
  if (found) return { url: found.dev.console.url, token: found.dev.admin.token }
  const { FRESHET_URL: url } = shell.env
  if (!url) {
    throw new CliError('unreachable', 'No console was found.', {
      why: `${noneHere(shell)}, and FRESHET_URL is not set`,
      next: 'freshet dev, or set FRESHET_URL and FRESHET_TOKEN',
    })
  }
  requireProtected(ADMIN, 'FRESHET_URL', url)
  return { url, token: await adminTokenOf(shell) }
}

function noneHere({ namedBy }: Shell): string {
  return namedBy === undefined ? 'no stack runs here' : `${namedBy} names the installation`
}

const ADMIN = 'an admin token'

async function adminTokenOf(shell: Shell): Promise<string> {
  return (await secretOf(shell, 'FRESHET_TOKEN')) ?? ''
}

/** A secret goes over a network by https alone. @throws `CliError` usage, naming the option or variable */
export function requireProtected(secret: string, name: string, url: string): void {
  if (!URL.canParse(url)) throw new CliError('usage', `${name} is not a URL.`)
  if (isProtectedUrl(url)) return
  throw inClear(name, secret, `set ${name} to an https address`)
}

/** The refusal of an http address of another machine to which a secret would go. */
export function inClear(name: string, secret: string, next: string): CliError {
  const why = `${secret} would go over the network in clear`
  return new CliError('usage', `${name} is an http address of another machine.`, { why, next })
}

/**
 * The gateway of an order: the one that the option names, with the token of the environment, else that of the
 * installation. The address is printed on stderr before the order is sent.
 */
export async function gatewayAccess(shell: Shell, url: string | undefined): Promise<GatewayAccess> {
  const access = await gatewayOf(shell, url)
  await printTarget(shell, access.url)
  return access
}

async function gatewayOf(shell: Shell, url: string | undefined): Promise<GatewayAccess> {
  const found = url === undefined ? await findStack(shell) : undefined
  if (found) return { url: found.dev.gateway.url, token: found.dev.admin.token }
  const named = url ?? shell.env['FRESHET_GATEWAY_URL']
  if (!named) {
    throw new CliError('unreachable', 'No gateway was found.', {
      why: `${noneHere(shell)}, and neither --gateway nor FRESHET_GATEWAY_URL names a gateway`,
      next: 'freshet dev, or set FRESHET_GATEWAY_URL and FRESHET_TOKEN',
    })
  }
  requireProtected(ADMIN, url === undefined ? 'FRESHET_GATEWAY_URL' : '--gateway', named)
  return { url: named, token: await adminTokenOf(shell) }
}

/** A stack by its folder, as people read it. */
export function stackName({ file }: FoundStack): string {
  return `the stack of ${dirname(dirname(file))}`
}

/** Prints the address that an order goes to, and what named it, before it is sent. */
export async function printTarget(shell: Shell, url: string): Promise<void> {
  const found = await findStack(shell)
  const isNamed = shell.env['FRESHET_GATEWAY_URL'] === url && shell.namedBy !== undefined
  const stack = found?.dev.gateway.url === url && stackName(found)
  const by = stack || (isNamed && shell.namedBy)
  shell.err(`at ${printable(url)}${by ? `, by ${by}` : ''}\n`)
}

/**
 * The database that the environment names, else that of the running stack.
 *
 * @throws `config.invalid` where traffic to the named one could be in clear
 */
export async function databaseUrlOf(shell: Shell): Promise<string> {
  if (!namesDatabase(shell.env)) return (await requireStack(shell)).postgres.url
  const { readDatabaseSettings } = await import('@freshet/runtime')
  return readDatabaseSettings(shell.env).databaseUrl
}

/** Returns whether the environment names a database, itself or in a file. */
export function namesDatabase(env: Shell['env']): boolean {
  return Boolean(env['DATABASE_URL'] || env['DATABASE_URL_FILE'])
}
