import { createHash } from 'node:crypto'
import { inPool } from './pool.ts'
import type { Violation } from './world.ts'

/** One run to make. */
export interface Task {
  readonly mix: string
  readonly seed: number
}

/** The results of a run. */
export interface Outcome extends Task {
  readonly violation: Violation | undefined
  /** The hash of its trace. */
  readonly hash: string
  /** Names of the faults that struck, and of the marks that were reached. */
  readonly seen: readonly string[]
}

/**
 * Makes runs on several cores. A run never knows of another. So the outcomes are the same whatever the number
 * of workers, and come back in the order of the tasks.
 */
export function runTasks(
  tasks: readonly Task[],
  workers: number,
  onOutcome: (outcome: Outcome) => void,
): Promise<readonly Outcome[]> {
  return inPool({ worker: new URL('seeds-worker.js', import.meta.url), workers }, tasks, onOutcome)
}

/** Returns the SHA-256 over every run's name and trace, in the order of the tasks. */
export function digestOf(outcomes: readonly Outcome[]): string {
  const lines = outcomes.map(({ mix, seed, hash }) => `${mix} ${seed} ${hash}\n`)
  return createHash('sha256').update(lines.join('')).digest('hex')
}
