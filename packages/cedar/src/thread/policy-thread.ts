import { Worker } from 'node:worker_threads'
import type { PolicyTexts } from '../policy-texts.ts'
import type { ThreadAnswer, ThreadQuestion, ThreadReady } from './thread-messages.ts'

/** The largest heap of a thread; the engine's own memory is beside it, about 100 MB. */
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 }

/** A thread that has the policies of one version. It is asked again when it has answered. */
export interface PolicyThread {
  /** Rejects where the policies cannot be compiled. */
  readonly ready: Promise<ThreadReady>
  /**
   * Asks in one message. An answer for each question, in their order, as soon as it is there; those that
   * the thread ends before reject.
   */
  ask(questions: readonly ThreadQuestion[]): readonly Promise<ThreadAnswer>[]
  /** Ends it, whatever it is doing. Idempotent. */
  end(): Promise<void>
}

/** Starts a thread for the policies of a version. */
export type StartThread = (texts: PolicyTexts) => PolicyThread

/** The built file of the thread, whether or not this file is built. */
const BUILT_WORKER = new URL('../../dist/thread/engine-worker.js', import.meta.url)

/** A thread with the real engine: nothing of it is in this one. */
export function startPolicyThread(texts: PolicyTexts, module: URL = BUILT_WORKER): PolicyThread {
  // It needs nothing of our environment, and secrets stand there.
  const own = { env: {}, execArgv: [], resourceLimits }
  const worker = new Worker(module, { ...own, workerData: texts })
  const next = messagesOf(worker)
  // Behind its listeners, which would keep the process. A waiting caller has a timer; an ending one has that.
  worker.unref()
  const ready = next() as Promise<ThreadReady>
  ready.catch(() => undefined)
  return {
    ready,
    ask(questions) {
      const answers = questions.map(() => next() as Promise<ThreadAnswer>)
      // Each caller that waits gets its own rejection; a thread that fails fails all that follow.
      for (const answer of answers) answer.catch(() => undefined)
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      worker.postMessage(questions)
      return answers
    },
    async end() {
      await worker.terminate()
    },
  }
}

interface Hearer {
  readonly resolve: (message: unknown) => void
  readonly reject: (error: Error) => void
}

/** Hands out the messages of a thread in their order; once it has failed or ended, its failure. */
function messagesOf(worker: Worker): () => Promise<unknown> {
  const waiting: Hearer[] = []
  let ended: Error | undefined
  const fail = (error: Error): void => {
    ended ??= error
    for (const { reject } of waiting.splice(0)) reject(ended)
  }
  worker
    .on('message', (message) => waiting.shift()?.resolve(message))
    .on('error', (error) => fail(errorOf(error)))
    .on('exit', () => fail(new Error('the thread of policies has ended')))
  return () =>
    new Promise((resolve, reject) => {
      if (ended === undefined) waiting.push({ resolve, reject })
      else reject(ended)
    })
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error('the thread of policies failed')
}
