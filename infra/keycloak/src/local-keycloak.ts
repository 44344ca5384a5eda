import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  cleanUpLeftovers,
  endProcess,
  freePort,
  makeOwnedDir,
  noteChild,
  type DirKind,
} from '@freshet/owned-dir'
import { KEYCLOAK_VERSION, resolveKeycloak } from './archive.ts'
import {
  makeHome,
  spawnKeycloak,
  tailOf,
  urlOf,
  type KeycloakAdmin,
  type KeycloakHome,
} from './java.ts'

/** The folders of local Keycloaks. */
const DIRS: DirKind = { prefix: 'freshet-keycloak-', endWith: 'SIGKILL' }
/** It takes half a minute of CPU time: on a busy machine, beside 30 others, more than seven minutes. */
const READY_TIMEOUT_MS = 900_000
const READY_POLL_MS = 250
const PROBE_TIMEOUT_MS = 5_000

/** A Keycloak on loopback with one realm. */
export interface LocalKeycloak {
  /** The issuer of the realm. */
  readonly issuer: string
  /** The address of the realm's admin API. */
  readonly adminUrl: string
  /** The issuer from which the administrator gets tokens. */
  readonly masterIssuer: string
  readonly admin: KeycloakAdmin
  readonly pid: number | null
  /** Resolves when the realm answers. @throws Error with the end of its log when it does not come up */
  ready(): Promise<void>
  /** Ends it and removes its folder. Safe to call twice. */
  stop(): Promise<void>
}

/** Options of the start. */
export interface KeycloakOptions {
  /** A realm as Keycloak exports it: it is imported at the start. */
  readonly realm: { readonly realm: string }
  /** Called with one line each about what takes time. */
  readonly onProgress?: (line: string) => void
}

/**
 * Starts a real Keycloak and resolves at once, so that other servers can start beside it: `ready()`
 * waits for the realm. It ends with this process; after a SIGKILL of this process, the next start
 * finds and ends it.
 */
export async function startKeycloak({
  realm,
  onProgress,
}: KeycloakOptions): Promise<LocalKeycloak> {
  await cleanUpLeftovers(DIRS)
  const from = await resolveKeycloak(undefined, onProgress)
  const home = { dir: makeOwnedDir(DIRS), from, port: await freePort() }
  const remove = (): void => rmSync(home.dir, { recursive: true, force: true, maxRetries: 3 })
  process.once('exit', remove)
  const admin = { username: 'admin', password: randomBytes(16).toString('base64url') }
  try {
    makeHome(home)
    writeFileSync(join(home.dir, 'data', 'import', 'realm.json'), JSON.stringify(realm))
    const child = launch(home, admin)
    const issuer = `${urlOf(home)}/realms/${realm.realm}`
    const ready = (): Promise<void> => becomeReady(child, issuer, home)
    const stop = async (): Promise<void> => {
      await end(child)
      remove()
      process.removeListener('exit', remove)
    }
    const masterIssuer = `${urlOf(home)}/realms/master`
    const adminUrl = `${urlOf(home)}/admin/realms/${realm.realm}`
    return { issuer, adminUrl, masterIssuer, admin, pid: child.pid ?? null, ready, stop }
  } catch (error) {
    process.removeListener('exit', remove)
    remove()
    throw error
  }
}

function launch(home: KeycloakHome, admin: KeycloakAdmin): ChildProcess {
  const child = spawnKeycloak(home, admin)
  noteChild(home.dir, child.pid ?? null)
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.removeListener('exit', kill))
  // Without a listener a failed spawn would be an uncaught error; readiness reports it.
  child.on('error', () => {})
  return child
}

async function becomeReady(child: ChildProcess, issuer: string, home: KeycloakHome): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS
  while (!(await answers(`${issuer}/.well-known/openid-configuration`))) {
    const why = whyGiveUp(child, deadline)
    if (why !== null) {
      const tail = tailOf(home)
      await end(child)
      throw new Error(`Keycloak ${KEYCLOAK_VERSION} did not start: ${why}\n${tail}`)
    }
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS))
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}

function whyGiveUp(child: ChildProcess, deadline: number): string | null {
  if (hasEnded(child)) return `the process ended (code ${child.exitCode}, ${child.signalCode})`
  return performance.now() > deadline ? `no answer within ${READY_TIMEOUT_MS} ms` : null
}

/** It keeps nothing, so it is not asked to end well. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return
  const ended = once(child, 'exit')
  await endProcess(child.pid, 'SIGKILL', 0)
  await ended
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}
