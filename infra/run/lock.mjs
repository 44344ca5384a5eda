import { rmSync } from 'node:fs'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from './child.mjs'

const LOCK_DIR = `${root}.freshet/run.lock`
const POLL_MS = 200
const WAIT_MS = 600_000
/** A lock without a holder's name may be one that is being taken right now. */
const UNNAMED_AGE_MS = 5_000

/**
 * Runs `fn` while no other run of these scripts installs or builds in this clone. A lock whose
 * holder died is taken over.
 */
export async function withLock(fn) {
  await acquire()
  // Also when `fn` ends the process because a step failed.
  process.once('exit', release)
  try {
    return await fn()
  } finally {
    process.removeListener('exit', release)
    release()
  }
}

function release() {
  rmSync(LOCK_DIR, { recursive: true, force: true })
}

async function acquire() {
  await mkdir(`${root}.freshet`, { recursive: true })
  for (let waitedMs = 0; waitedMs < WAIT_MS; waitedMs += POLL_MS) {
    try {
      await mkdir(LOCK_DIR)
      await writeFile(`${LOCK_DIR}/pid`, String(process.pid))
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (await isAbandoned()) await rm(LOCK_DIR, { recursive: true, force: true })
    else await sleep(POLL_MS)
  }
  throw new Error(`Another run holds ${LOCK_DIR} for more than ${WAIT_MS / 1_000} s.`)
}

async function isAbandoned() {
  const pid = Number(await readFile(`${LOCK_DIR}/pid`, 'utf8').catch(() => ''))
  if (pid > 0) return !isAlive(pid)
  const stats = await stat(LOCK_DIR).catch(() => undefined)
  return stats !== undefined && Date.now() - stats.mtimeMs > UNNAMED_AGE_MS
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
