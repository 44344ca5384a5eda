import { parentPort, workerData } from 'node:worker_threads'
import { compilePolicies } from '../compile/compile-policies.ts'
import type { PolicyTexts } from '../policy-texts.ts'
import type { ThreadQuestion } from './thread-messages.ts'

// The thread of one policy version: it compiles the policies, sends the claims that each route reads, and
// answers the questions of a message one by one. Any error that it throws ends it.
const { reads, decide } = compilePolicies(workerData as PolicyTexts)
// A port between threads, not a window: there is no origin to name.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.postMessage({ reads })
parentPort?.on('message', (questions: readonly ThreadQuestion[]) => {
  for (const question of questions) {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    parentPort?.postMessage(decide(question))
  }
})
