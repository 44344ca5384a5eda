import { fork } from 'node:child_process'
import { once } from 'node:events'

/** Longest wait for a child's next message. */
const MESSAGE_WITHIN_MS = 120_000

/** A process of the benchmark that the main process started. */
export interface BenchChild {
  readonly pid: number | undefined
  send(message: unknown): void
  /**
   * Returns the next message, in order.
   *
   * @throws Error if the process ends first, or sends nothing for two minutes
   */
  receive<T>(): Promise<T>
  /** Ends it at once. Idempotent. */
  end(): Promise<void>
}

/** Starts a module with this argument; it reads it by `childArgument`. */
export function startChild(module: URL, argument: unknown): BenchChild {
  const child = fork(module, [JSON.stringify(argument)], {
    serialization: 'advanced',
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const messages: unknown[] = []
  child.on('message', (message) => void messages.push(message))
  const exited = once(child, 'exit')
  const died = exited.then(([code, signal]) => {
    throw new Error(`${module.pathname} ended (code ${String(code)}, ${String(signal)}).`)
  })
  died.catch(() => undefined)
  const next = async <T>(): Promise<T> => {
    const signal = AbortSignal.timeout(MESSAGE_WITHIN_MS)
    while (messages.length === 0) await Promise.race([once(child, 'message', { signal }), died])
    return messages.shift() as T
  }
  return {
    pid: child.pid,
    send: (message) => void child.send(message as object),
    receive: next,
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Returns the argument with which this child was started. The child ends with its parent after this call. */
export function childArgument(): unknown {
  process.once('disconnect', () => process.exit(1))
  return JSON.parse(process.argv[2] ?? 'null')
}

/** Returns the next message of the main process in this child, in order. */
export async function receiveFromParent<T>(): Promise<T> {
  const [message] = await once(process, 'message')
  return message as T
}

/** Sends a message from this child to the main process. */
export function sendToParent(message: unknown): void {
  process.send?.(message)
}
