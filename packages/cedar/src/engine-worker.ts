import { parentPort, workerData } from 'node:worker_threads'
import { compilePolicies } from './compile-policies.ts'
import type { PolicyTexts } from './policy-texts.ts'
import type { ThreadQuestion } from './thread-messages.ts'

// The thread of one policy version: it compiles the policies, says which claims each route reads,
// and answers one question by one message. Whatever it throws ends it.
const { reads, decide } = compilePolicies(workerData as PolicyTexts)
// A port between threads, not a window: there is no origin to name.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.postMessage({ reads })
parentPort?.on('message', (question: ThreadQuestion) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(decide(question))
})
