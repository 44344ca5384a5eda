import { Worker } from 'node:worker_threads'
import type { PolicyTexts } from './policy-texts.ts'
import type { ThreadAnswer, ThreadQuestion, ThreadReady } from './thread-messages.ts'

/** What the heap of a thread may grow to; the engine's own memory comes beside it, about 100 MB. */
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 }

/** A thread that has the policies of one version. It answers one question at a time. */
export interface PolicyThread {
  /** Rejects where the policies cannot be compiled. */
  readonly ready: Promise<ThreadReady>
  /** Rejects where the thread ends before it answered. */
  ask(question: ThreadQuestion): Promise<ThreadAnswer>
  /** Ends it, whatever it is doing. Idempotent. */
  end(): Promise<void>
}

/** Starts a thread for the policies of a version. */
export type StartThread = (texts: PolicyTexts) => PolicyThread

/** What a thread runs: built, whether we are or not. */
const BUILT_WORKER = new URL('../dist/engine-worker.js', import.meta.url)

/** A thread with the real engine: nothing of it is in this one. */
export function startPolicyThread(texts: PolicyTexts, module: URL = BUILT_WORKER): PolicyThread {
  // It needs nothing of our environment, and secrets stand there.
  const own = { env: {}, execArgv: [], resourceLimits }
  const worker = new Worker(module, { ...own, workerData: texts })
  // Whoever waits for an answer keeps the process; a thread that idles does not.
  worker.unref()
  const ready = nextMessage<ThreadReady>(worker)
  ready.catch(() => undefined)
  let hasEnded = false
  // Also while nobody waits for an answer: the next who asks is told.
  worker.on('error', () => undefined).on('exit', () => (hasEnded = true))
  return {
    ready,
    ask(question) {
      if (hasEnded) return Promise.reject(new Error('the thread of policies has ended'))
      const answer = nextMessage<ThreadAnswer>(worker)
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      worker.postMessage(question)
      return answer
    },
    async end() {
      await worker.terminate()
    },
  }
}

function nextMessage<Message>(worker: Worker): Promise<Message> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit)
    }
    const onMessage = (message: Message): void => {
      done()
      resolve(message)
    }
    const onError = (error: unknown): void => {
      done()
      reject(error instanceof Error ? error : new Error('the thread of policies failed'))
    }
    const onExit = (): void => onError(undefined)
    worker.on('message', onMessage).on('error', onError).on('exit', onExit)
  })
}
