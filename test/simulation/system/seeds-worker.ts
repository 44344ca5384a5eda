import { parentPort } from 'node:worker_threads'
import { explore } from './explore.ts'
import { mixOf } from './mixes.ts'
import type { Outcome, Task } from './seeds.ts'

/** Makes one run for each message. */
parentPort?.on('message', ({ mix, seed }: Task) => {
  void explore({ seed, mix: mixOf(mix) }).then(({ violations, hash, faults }) => {
    const outcome: Outcome = { mix, seed, violation: violations[0], hash, seen: [...faults.keys()] }
    // A port between threads, not a window: there is no origin to name.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    parentPort?.postMessage(outcome)
  })
})
