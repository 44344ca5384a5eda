import { mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startOf } from './process-identity.ts'

const OWNER_FILE = 'owner.json'

/** Folders of one purpose. */
export interface DirKind {
  /** Every folder's name begins so, and no folder of another kind. */
  readonly prefix: string
  /** The signal that a server in such a folder takes as an order to end at once. */
  readonly endWith: NodeJS.Signals
}

/** The maker of a folder, and the process that runs in it. */
export interface Owner {
  readonly pid: number
  /** The start time; `null` if the system does not report it. */
  readonly start: string | null
  readonly childPid: number | null
}

/** Makes a temporary folder that names this process as its owner. */
export function makeOwnedDir({ prefix }: DirKind, parent: string = tmpdir()): string {
  const dir = mkdtempSync(join(parent, prefix))
  noteChild(dir, null)
  return dir
}

/** Notes which child runs in the folder. Synchronous, so that a crash right after its start finds it. */
export function noteChild(dir: string, childPid: number | null): void {
  const owner: Owner = { pid: process.pid, start: startOf(process.pid) ?? null, childPid }
  const next = join(dir, `${OWNER_FILE}.next`)
  writeFileSync(next, JSON.stringify(owner))
  renameSync(next, join(dir, OWNER_FILE))
}

/** The owner of a folder; `undefined` if it names none. */
export function ownerOf(dir: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, OWNER_FILE), 'utf8')) as Owner
  } catch {
    return undefined
  }
}
