import { parentPort, workerData } from 'node:worker_threads'
import { explore } from './explore.ts'
import { MIXES } from './mixes.ts'

/** One core's share of the seeds. */
interface Share {
  readonly mix: string
  readonly from: number
  readonly until: number
  readonly step: number
}

const { mix: name, from, until, step } = workerData as Share
const mix = MIXES[name]
if (mix === undefined) throw new Error(`There is no mix ${name}.`)
for (let seed = from; seed < until; seed += step) {
  const { violations, hash, faults } = await explore({ seed, mix })
  // A port between threads, not a window: there is no origin to name.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage({ seed, violation: violations[0], hash, seen: [...faults.keys()] })
}
