import { createHash } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { Violation } from './world.ts'

/** One run that is to be made. */
export interface Task {
  readonly mix: string
  readonly seed: number
}

/** What it showed. */
export interface Outcome extends Task {
  readonly violation: Violation | undefined
  /** Of its trace. */
  readonly hash: string
  /** Names of the faults that struck, and of the marks that were reached. */
  readonly seen: readonly string[]
}

/**
 * Makes runs on several cores; a run never knows of another, so the outcomes are the same whatever
 * the number of workers. They come back in the order of the tasks, `onOutcome` hears them as they come.
 */
export async function runTasks(
  tasks: readonly Task[],
  workers: number,
  onOutcome: (outcome: Outcome) => void,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  const waiting = tasks.entries()
  const take = (at: number, outcome: Outcome): void => {
    outcomes[at] = outcome
    onOutcome(outcome)
  }
  const count = Math.min(workers, tasks.length)
  await Promise.all(Array.from({ length: count }, () => keepBusy(waiting, take)))
  return outcomes
}

/** SHA-256 over every run's name and trace, in the order of the tasks. */
export function digestOf(outcomes: readonly Outcome[]): string {
  const lines = outcomes.map(({ mix, seed, hash }) => `${mix} ${seed} ${hash}\n`)
  return createHash('sha256').update(lines.join('')).digest('hex')
}

/** One worker for as long as there is anything to do: what it has compiled serves every run. */
async function keepBusy(
  waiting: Iterator<[number, Task]>,
  take: (at: number, outcome: Outcome) => void,
): Promise<void> {
  const worker = new Worker(new URL('seeds-worker.js', import.meta.url))
  try {
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
      const [at, task] = next.value
      take(at, await made(worker, task))
    }
  } finally {
    await worker.terminate()
  }
}

function made(worker: Worker, task: Task): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const onOutcome = (outcome: Outcome): void => {
      worker.off('error', reject)
      resolve(outcome)
    }
    worker.once('message', onOutcome)
    worker.once('error', reject)
    // A port between threads, not a window: there is no origin to name.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    worker.postMessage(task)
  })
}
