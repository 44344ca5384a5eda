import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isAlive } from './process-identity.ts'

const LOCK_POLL_MS = 200

/**
 * Does what makes a folder, in one process at a time. Two Mavens at once would race in their shared
 * repository. A lock whose process died is taken over.
 *
 * @throws Error where another process holds the lock for longer than `waitMs`
 */
export async function underLock(
  dir: string,
  work: () => Promise<void>,
  waitMs: number,
): Promise<void> {
  const lock = `${dir}.lock`
  await mkdir(dirname(dir), { recursive: true })
  const deadline = performance.now() + waitMs
  while (!(await acquire(lock))) {
    if (performance.now() > deadline) throw new Error(`another process holds ${lock}`)
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS))
  }
  try {
    await work()
  } finally {
    await rm(lock, { force: true })
  }
}

async function acquire(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    const holder = Number(await readFile(lock, 'utf8').catch(() => ''))
    if (holder > 0 && !isAlive(holder)) await rm(lock, { force: true })
    return false
  }
}
