import { parentPort } from 'node:worker_threads'
import { CONTROLS } from '../controls.ts'
import { findMissing } from './control.ts'
import type { FoundAt } from './report.ts'

/** Runs the control with the received number. */
parentPort?.on('message', (index: number) => {
  const control = CONTROLS[index]
  if (control === undefined) throw new RangeError(`There is no control ${index}.`)
  void findMissing(control).then(({ seed, violation }) => {
    const answer: FoundAt = { index, seed, violation }
    // A port between threads, not a window: there is no origin to name.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    parentPort?.postMessage(answer)
  })
})
