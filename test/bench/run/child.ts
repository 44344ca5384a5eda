import { fork } from 'node:child_process'
import { once } from 'node:events'

/** Longest wait for a child's next message. */
const MESSAGE_WITHIN_MS = 120_000

/** A process of the benchmark that was started by the main one. */
export interface BenchChild {
  readonly pid: number | undefined
  send(message: unknown): void
  /**
   * The next message, in order.
   *
   * @throws Error when the process ends first, or says nothing for two minutes
   */
  receive<T>(): Promise<T>
  /** Ends it, at once. Idempotent. */
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

/** In a child: the argument that it was started with. From now on it ends with its parent. */
export function childArgument(): unknown {
  process.once('disconnect', () => process.exit(1))
  return JSON.parse(process.argv[2] ?? 'null')
}

/** In a child: the next message of the main process, in order. */
export async function hearParent<T>(): Promise<T> {
  const [message] = await once(process, 'message')
  return message as T
}

/** In a child: tells the main process. */
export function tellParent(message: unknown): void {
  process.send?.(message)
}
