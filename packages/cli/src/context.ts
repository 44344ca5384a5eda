import { dirname } from 'node:path'
import { isProtectedUrl } from '@freshet/protocol'
import { CliError } from './cli-error.ts'
import type { ConsoleAccess } from './http/console-client.ts'
import type { GatewayAccess } from './http/gateway-client.ts'
import { secretOf } from './secret-of.ts'
import type { Shell } from './shell.ts'
import { devFileIn, readDevFile, type DevFile } from './stack/dev-file.ts'

/** The place of a stack's description, and its content. */
export interface FoundStack {
  readonly file: string
  readonly dev: DevFile
}

/**
 * The running `dev` stack of the current folder or the nearest one above it. A description whose
 * stack was killed is passed over.
 */
export async function findStack(cwd: string): Promise<FoundStack | undefined> {
  for (let dir = cwd; ; dir = dirname(dir)) {
    const file = devFileIn(dir)
    const dev = await readDevFile(file)
    if (dev && isRunning(dev)) return { file, dev }
    if (dir === dirname(dir)) return undefined
  }
}

/**
 * Returns whether a stack still runs: `dev` removes its description when it ends, unless it was killed. Its
 * services end with it even then; broker and database are cleaned up by the next start.
 */
export function isRunning({ processes }: DevFile): boolean {
  const stores = ['kafka', 'postgres']
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
  const found = await findStack(shell.cwd)
  if (found) return found.dev
  throw new CliError('unreachable', 'No running stack was found here.', {
    why: 'neither this folder nor one above it has a .freshet/dev.json of a running stack',
    next: elsewhere === undefined ? 'freshet dev' : `freshet dev, or give ${elsewhere}`,
  })
}

/** The console of the running stack, else the one that the environment names. */
export async function consoleAccess(shell: Shell): Promise<ConsoleAccess> {
  const found = await findStack(shell.cwd)
  if (found) return { url: found.dev.console.url, token: found.dev.admin.token }
  const { FRESHET_URL: url } = shell.env
  if (!url) {
    throw new CliError('unreachable', 'No console was found.', {
      why: 'no stack runs here, and FRESHET_URL is not set',
      next: 'freshet dev, or set FRESHET_URL and FRESHET_TOKEN',
    })
  }
  requireProtected(ADMIN, 'FRESHET_URL', url)
  return { url, token: await adminTokenOf(shell) }
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
 * The gateway that an option names, with the token of the environment, else that of the running stack, else the one
 * that the environment names.
 */
export async function gatewayAccess(shell: Shell, url: string | undefined): Promise<GatewayAccess> {
  const found = url === undefined ? await findStack(shell.cwd) : undefined
  if (found) return { url: found.dev.gateway.url, token: found.dev.admin.token }
  const named = url ?? shell.env['FRESHET_GATEWAY_URL']
  if (!named) {
    throw new CliError('unreachable', 'No gateway was found.', {
      why: 'no stack runs here, and neither --gateway nor FRESHET_GATEWAY_URL names one',
      next: 'freshet dev, or set FRESHET_GATEWAY_URL and FRESHET_TOKEN',
    })
  }
  requireProtected(ADMIN, url === undefined ? 'FRESHET_GATEWAY_URL' : '--gateway', named)
  return { url: named, token: await adminTokenOf(shell) }
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
