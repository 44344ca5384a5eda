import { lstat, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { commandOf, startOf } from './process-identity.ts'

/** Every folder of a local server begins so. */
export const DIR_PREFIX = 'freshet-postgres-'

const OWNER_FILE = 'owner.json'
/** A folder without an owner may be one that is being made right now; this old, it is not. */
const UNOWNED_AGE_MS = 600_000
const KILL_WAIT_MS = 5_000
const KILL_POLL_MS = 20

interface Owner {
  readonly pid: number
  readonly start: string
}

/** Notes in a server's folder that this process answers for it. */
export async function claimDir(dir: string): Promise<void> {
  const owner: Owner = { pid: process.pid, start: startOf(process.pid) ?? '' }
  await writeFile(join(dir, OWNER_FILE), JSON.stringify(owner))
}

/**
 * Ends the servers and removes the folders of owners that died without doing so (`kill -9`).
 *
 * A server is ended only if `postmaster.pid` in the folder names a process whose command line
 * names that folder. Whatever belongs to a living owner or to another user stays. Returns the
 * folders that were removed. Folders of another kind, without a server, are found by their prefix.
 */
export async function cleanUpLeftovers(
  root: string = tmpdir(),
  prefix: string = DIR_PREFIX,
): Promise<readonly string[]> {
  const removed: string[] = []
  for (const name of await readdir(root)) {
    if (!name.startsWith(prefix)) continue
    const dir = join(root, name)
    if (!(await isLeftover(dir))) continue
    await endServerOf(dir)
    await rm(dir, { recursive: true, force: true })
    removed.push(dir)
  }
  return removed
}

async function isLeftover(dir: string): Promise<boolean> {
  const stats = await lstat(dir).catch(() => undefined)
  if (stats === undefined || !stats.isDirectory() || !isOurs(stats.uid)) return false
  const owner = await readOwner(dir)
  if (owner === undefined) return Date.now() - stats.mtimeMs > UNOWNED_AGE_MS
  return startOf(owner.pid) !== owner.start
}

function isOurs(uid: number): boolean {
  const own = process.getuid?.()
  return own === undefined || own === 0 || own === uid
}

async function readOwner(dir: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(join(dir, OWNER_FILE), 'utf8')) as Owner
  } catch {
    return undefined
  }
}

async function endServerOf(dir: string): Promise<void> {
  const text = await readFile(join(dir, 'data', 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number.parseInt(text, 10)
  const runs = (): boolean => pid > 1 && commandOf(pid).includes(dir)
  if (!runs()) return
  process.kill(pid, 'SIGQUIT')
  for (let waitedMs = 0; runs() && waitedMs < KILL_WAIT_MS; waitedMs += KILL_POLL_MS) {
    await sleep(KILL_POLL_MS)
  }
  if (runs()) process.kill(pid, 'SIGKILL')
}
