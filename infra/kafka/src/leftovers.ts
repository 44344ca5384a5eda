import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandLineOf, endProcess, isAlive, startTimeOf } from './processes.ts'

const PREFIX = 'freshet-kafka-'
const OWNER_FILE = 'owner.json'
/** A folder without an owner file may be one that is being made right now. */
const UNOWNED_AGE_MS = 60_000
const GRACE_MS = 2_000

/** Who made a temporary folder, so that a later start can tell whether it is still in use. */
export interface Owner {
  readonly pid: number
  readonly startTime: string | null
  readonly childPid: number | null
}

/** Makes a temporary folder that carries the mark of this process. */
export function makeOwnedDir(parent: string = tmpdir()): string {
  const dir = mkdtempSync(join(parent, PREFIX))
  writeOwner(dir, null)
  return dir
}

/** Records which child runs in the folder. Synchronous: a crash right after the start finds it. */
export function writeOwner(dir: string, childPid: number | null): void {
  const owner: Owner = { pid: process.pid, startTime: startTimeOf(process.pid), childPid }
  const next = join(dir, `${OWNER_FILE}.next`)
  writeFileSync(next, JSON.stringify(owner))
  renameSync(next, join(dir, OWNER_FILE))
}

/**
 * Removes the folders of processes that died without stopping their broker, and ends those brokers.
 *
 * A process is ended only if its command line names the folder, so a reused id is never hit.
 * Returns the folders that were removed.
 */
export async function cleanUpLeftovers(parent: string = tmpdir()): Promise<readonly string[]> {
  const removed: string[] = []
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith(PREFIX))) {
    const dir = join(parent, name)
    if (await removeIfOrphaned(dir)) removed.push(dir)
  }
  return removed
}

async function removeIfOrphaned(dir: string): Promise<boolean> {
  const owner = readOwner(dir)
  if (owner === null ? !isOld(dir) : isOwnerAlive(owner)) return false
  if (owner?.childPid && commandLineOf(owner.childPid)?.includes(dir)) {
    await endProcess(owner.childPid, GRACE_MS)
  }
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
  return true
}

function isOwnerAlive(owner: Owner): boolean {
  if (!isAlive(owner.pid)) return false
  return owner.startTime === null || owner.startTime === startTimeOf(owner.pid)
}

function isOld(dir: string): boolean {
  try {
    return Date.now() - statSync(dir).mtimeMs > UNOWNED_AGE_MS
  } catch {
    return false
  }
}

function readOwner(dir: string): Owner | null {
  try {
    return JSON.parse(readFileSync(join(dir, OWNER_FILE), 'utf8')) as Owner
  } catch {
    return null
  }
}
