import { Worker } from 'node:worker_threads'

/** Most objects of a run are short-lived: with enough room, few of them are moved. */
const resourceLimits = { maxYoungGenerationSizeMb: 64 }

/**
 * The arguments with which the process itself was started (`infra/run/sim.mjs`): a worker does not inherit
 * them.
 */
const execArgv = ['--conditions=freshet-simulation']

/** A pool: the module of each worker, and the number of workers. */
export interface Pool {
  /** A module that answers each message by one. */
  readonly worker: URL
  readonly workers: number
}

/**
 * Has every task done by one of several workers. Each worker lives as long as there are tasks, so its
 * compiled code serves all of them. The results come back in the order of the tasks; `onResult` receives them
 * as they come.
 */
export async function inPool<Result>(
  { worker: module, workers }: Pool,
  tasks: readonly unknown[],
  onResult: (result: Result) => void,
): Promise<readonly Result[]> {
  const results: Result[] = []
  const waiting = tasks.entries()
  const keepBusy = async (worker: Worker): Promise<void> => {
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
      const [at, task] = next.value
      const result = await answered<Result>(worker, task)
      results[at] = result
      onResult(result)
    }
  }
  const all = Array.from(
    { length: Math.min(workers, tasks.length) },
    () => new Worker(module, { execArgv, resourceLimits }),
  )
  try {
    await Promise.all(all.map(keepBusy))
  } finally {
    await Promise.all(all.map((worker) => worker.terminate()))
  }
  return results
}

function answered<Result>(worker: Worker, task: unknown): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onResult = (result: Result): void => {
      worker.off('error', reject)
      resolve(result)
    }
    worker.once('message', onResult)
    worker.once('error', reject)
    // A port between threads, not a window: there is no origin to name.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    worker.postMessage(task)
  })
}
