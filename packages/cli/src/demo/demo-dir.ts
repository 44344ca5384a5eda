import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { claimDir, cleanUpLeftovers } from '@freshet/local-postgres'

const PREFIX = 'freshet-demo-'

/** A temporary folder for one demo. Folders of demos that were killed are removed first. */
export async function makeDemoDir(): Promise<string> {
  await cleanUpLeftovers(tmpdir(), PREFIX)
  const dir = await mkdtemp(join(tmpdir(), PREFIX))
  await claimDir(dir)
  return dir
}

/** Removes it with the keys and logs in it. */
export function removeDemoDir(dir: string): Promise<void> {
  return rm(dir, { recursive: true, force: true })
}
