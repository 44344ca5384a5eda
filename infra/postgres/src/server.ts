import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rm, writeFile, chown } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { FreshetError } from '@freshet/protocol'
import { freePort, noteChild } from '@freshet/owned-dir'
import type { Binaries } from './binaries.ts'
import type { ServerUser } from './server-user.ts'

const run = promisify(execFile)

/** The only role of a local server. */
export const SUPERUSER = 'freshet'

const READY_TIMEOUT_MS = 60_000
const READY_POLL_MS = 20
const INITDB_TIMEOUT_MS = 120_000
const FAST_SHUTDOWN_MS = 5_000
const IMMEDIATE_SHUTDOWN_MS = 3_000
const LOG_TAIL_CHARS = 2_000
const MAX_CONNECTIONS = 200

/** Changes to a new cluster, for servers that are not as the default one. */
export interface ClusterOptions {
  /** Settings of the server, beside our own. */
  readonly settings?: Readonly<Record<string, string>>
  /** Files in the data folder, such as certificates, by name. Only the user of the server can read them. */
  readonly files?: Readonly<Record<string, string>>
  /** The lines of `pg_hba.conf`. Default: a password on every connection. */
  readonly accessRules?: readonly string[]
}

/** Everything that the steps of one server's life share. */
export interface Place {
  readonly dir: string
  readonly binaries: Binaries
  readonly user: ServerUser | undefined
  readonly durable: boolean
  readonly cluster: ClusterOptions
}

/** Makes an empty cluster whose superuser must give `password`, on every connection. */
export async function createCluster(place: Place, password: string): Promise<void> {
  const passwordFile = join(place.dir, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (place.user !== undefined) await chown(passwordFile, place.user.uid, place.user.gid)
  const args = ['-D', join(place.dir, 'data'), '-U', SUPERUSER, `--pwfile=${passwordFile}`]
  // No sync: the folder lives no longer than its server, a crash of the machine ends both.
  args.push('--auth=scram-sha-256', '--encoding=UTF8', '--no-locale', '--no-sync')
  try {
    await run(place.binaries.initdb, args, { ...childOptions(place), timeout: INITDB_TIMEOUT_MS })
  } finally {
    await rm(passwordFile, { force: true })
  }
  await writeFiles(place)
}

async function writeFiles({ dir, user, cluster }: Place): Promise<void> {
  const { files = {}, accessRules } = cluster
  const rules = accessRules && { 'pg_hba.conf': `${accessRules.join('\n')}\n` }
  for (const [name, text] of Object.entries({ ...files, ...rules })) {
    const path = join(dir, 'data', name)
    await writeFile(path, text, { mode: 0o600 })
    if (user !== undefined) await chown(path, user.uid, user.gid)
  }
}

/** Starts the server on a port of loopback, by default a free one, and waits until it accepts connections. */
export async function launch(
  place: Place,
  given?: number,
): Promise<{ child: ChildProcess; port: number }> {
  const port = given ?? (await freePort())
  const log = await open(join(place.dir, 'server.log'), 'a')
  // Detached: a Ctrl-C at the terminal must reach us, not the server under our feet.
  const child = spawn(place.binaries.postgres, serverArgs(place, port), {
    ...childOptions(place),
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  noteChild(place.dir, child.pid ?? null)
  const failed = once(child, 'error').then(([error]) => error as unknown)
  await Promise.race([once(child, 'spawn'), failed])
  await log.close()
  child.unref()
  await waitUntilReady(place, child)
  return { child, port }
}

/**
 * Ends the server: by the polite signal unless `first` is another one, then by the immediate one, then by
 * force. Resolves when it is gone.
 */
export async function shutDown(
  child: ChildProcess,
  first: 'SIGINT' | 'SIGQUIT' = 'SIGINT',
): Promise<void> {
  const steps = [
    [first, FAST_SHUTDOWN_MS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
    ['SIGKILL', IMMEDIATE_SHUTDOWN_MS],
  ] as const
  for (const [signal, waitMs] of steps) {
    if (hasEnded(child)) return
    const gone = once(child, 'exit')
    child.kill(signal)
    child.ref()
    await Promise.race([gone, sleep(waitMs, undefined, { ref: false })])
  }
}

function serverArgs(place: Place, port: number): string[] {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: String(MAX_CONNECTIONS),
    ...(place.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...place.cluster.settings,
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return ['-D', join(place.dir, 'data'), ...flags]
}

/** `LC_ALL` keeps the messages English; the caller's PG* variables must not reach the server. */
function childOptions(place: Place): {
  uid?: number
  gid?: number
  cwd: string
  env: Record<string, string>
} {
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' }
  return { ...place.user, cwd: place.dir, env }
}

/** The eighth line of `postmaster.pid` becomes `ready`, which is also what pg_ctl waits for. */
async function waitUntilReady(place: Place, child: ChildProcess): Promise<void> {
  const pidFile = join(place.dir, 'data', 'postmaster.pid')
  for (let waitedMs = 0; waitedMs < READY_TIMEOUT_MS; waitedMs += READY_POLL_MS) {
    const text = await readFile(pidFile, 'utf8').catch(() => '')
    if (text.split('\n')[7]?.trim() === 'ready') return
    if (hasEnded(child)) break
    await sleep(READY_POLL_MS)
  }
  const log = await readFile(join(place.dir, 'server.log'), 'utf8').catch(() => '')
  await shutDown(child)
  const message = `The local Postgres did not start. Its log ends:\n${log.slice(-LOG_TAIL_CHARS)}`
  throw new FreshetError('database.unavailable', message)
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}
