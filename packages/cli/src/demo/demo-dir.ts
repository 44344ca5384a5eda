import { rm } from 'node:fs/promises'
import { cleanUpLeftovers, makeOwnedDir, type DirKind } from '@freshet/owned-dir'

const DIRS: DirKind = { prefix: 'freshet-demo-', endWith: 'SIGTERM' }

/** A temporary folder for one demo. Folders of demos that were killed are removed first. */
export async function makeDemoDir(): Promise<string> {
  await cleanUpLeftovers(DIRS)
  return makeOwnedDir(DIRS)
}

/** Removes it with the keys and logs in it. */
export function removeDemoDir(dir: string): Promise<void> {
  return rm(dir, { recursive: true, force: true })
}
