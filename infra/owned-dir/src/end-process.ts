import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive } from './process-identity.ts'

const POLL_MS = 20
const KILL_WAIT_MS = 5_000

/** Ends one process: the signal, a bounded wait, then SIGKILL. Resolves when it is gone. */
export async function endProcess(
  pid: number,
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<void> {
  const steps = [
    [signal, graceMs],
    ['SIGKILL', KILL_WAIT_MS],
  ] as const
  for (const [next, waitMs] of steps) {
    if (!sendSignal(pid, next)) return
    if (await isGoneWithin(pid, waitMs)) return
  }
}

async function isGoneWithin(pid: number, waitMs: number): Promise<boolean> {
  const deadline = performance.now() + waitMs
  while (isAlive(pid)) {
    if (performance.now() > deadline) return false
    await sleep(POLL_MS)
  }
  return true
}

function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}
