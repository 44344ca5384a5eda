import { Worker } from 'node:worker_threads'
import type { Violation } from './world.ts'

/** What one seed of many showed. */
export interface Outcome {
  readonly seed: number
  readonly violation: Violation | undefined
  readonly hash: string
  /** Names of the faults that struck. */
  readonly seen: readonly string[]
}

/** Which seeds to run, on how many cores. */
export interface Seeds {
  readonly mix: string
  readonly from: number
  readonly seeds: number
  readonly workers: number
}

/** Runs seeds on several cores; a run never knows of another. */
export async function runSeeds(
  { mix, from, seeds, workers }: Seeds,
  onOutcome: (outcome: Outcome) => void,
): Promise<void> {
  const each = Array.from({ length: Math.min(workers, seeds) }, (_, index) => {
    const share = { mix, from: from + index, until: from + seeds, step: workers }
    return runShare(share, onOutcome)
  })
  await Promise.all(each)
}

function runShare(share: object, onOutcome: (outcome: Outcome) => void): Promise<void> {
  const worker = new Worker(new URL('seeds-worker.js', import.meta.url), { workerData: share })
  return new Promise((resolve, reject) => {
    worker.on('message', onOutcome)
    worker.once('error', reject)
    worker.once('exit', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`a worker ended with ${code}`))
    })
  })
}
