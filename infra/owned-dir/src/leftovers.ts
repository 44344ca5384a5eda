import { lstatSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endProcess } from './end-process.ts'
import { ownerOf, type DirKind, type Owner } from './owned-dir.ts'
import { commandOf, isAlive, startOf } from './process-identity.ts'

/** A folder without an owner may be one that is being made right now; this old, it is not. */
const UNOWNED_AGE_MS = 60_000
const GRACE_MS = 5_000

/**
 * Ends the servers and removes the folders of owners that died without doing so (`kill -9`).
 *
 * A process is ended only if its command line names the folder, so one that was given the id of the server is
 * never hit. Folders of a living owner or of another user stay. Returns the folders that were removed.
 */
export async function cleanUpLeftovers(
  { prefix, endWith }: DirKind,
  parent: string = tmpdir(),
): Promise<readonly string[]> {
  const removed: string[] = []
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith(prefix))) {
    const dir = join(parent, name)
    if (!isLeftover(dir)) continue
    await endServerIn(dir, endWith)
    rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
    removed.push(dir)
  }
  return removed
}

function isLeftover(dir: string): boolean {
  const stats = lstatSync(dir, { throwIfNoEntry: false })
  if (stats === undefined || !stats.isDirectory() || !isOurs(stats.uid)) return false
  const owner = ownerOf(dir)
  if (owner === undefined) return Date.now() - stats.mtimeMs > UNOWNED_AGE_MS
  return !isOwnerAlive(owner)
}

function isOurs(uid: number): boolean {
  const own = process.getuid?.()
  return own === undefined || own === 0 || own === uid
}

function isOwnerAlive({ pid, start }: Owner): boolean {
  return start === null ? isAlive(pid) : startOf(pid) === start
}

async function endServerIn(dir: string, endWith: NodeJS.Signals): Promise<void> {
  const pid = ownerOf(dir)?.childPid ?? 0
  if (pid > 1 && commandOf(pid).includes(dir)) await endProcess(pid, endWith, GRACE_MS)
}
