import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import { colorsFor, isTerminal } from './output/view.ts'
import type { Shell } from './shell.ts'

/** Aborts at the first SIGINT or SIGTERM; a second one ends the process at once. */
interface StopSignal {
  readonly signal: AbortSignal
  /** The same as the first of those. */
  abort(): void
  dispose(): void
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** Listens until it is disposed of. */
function stopSignal(): StopSignal {
  const stop = new AbortController()
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(1)
    stop.abort()
  }
  for (const name of SIGNALS) process.on(name, onSignal)
  return {
    signal: stop.signal,
    abort: () => stop.abort(),
    dispose() {
      for (const name of SIGNALS) process.removeListener(name, onSignal)
    },
  }
}

/** This process as commands see it. */
export interface ProcessShell extends Shell {
  /** Stops listening to signals. */
  dispose(): void
}

/** The width of an output that is no terminal. */
const COLUMNS = 80

/** Listens to Ctrl-C, and takes a reader of stdout that went away as the same wish. */
export function processShell(): ProcessShell {
  const stop = stopSignal()
  const { stdout, stderr, stdin, env } = process
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    stop.abort()
  })
  stderr.on('error', () => {})
  return {
    env,
    cwd: process.cwd(),
    signal: stop.signal,
    colors: colorsFor(stdout, env),
    isTerminal: isTerminal(stdout, env),
    hasStatusLine: isTerminal(stderr, env),
    columns: stdout.isTTY ? stdout.columns : COLUMNS,
    nowMs: () => Date.now(),
    isInteractive: stdin.isTTY && stderr.isTTY,
    out: (data) => void stdout.write(data),
    err: (message) => void stderr.write(message),
    ask: async (question) => {
      const lines = createInterface({ input: stdin, output: stderr })
      try {
        return await lines.question(question, { signal: stop.signal })
      } finally {
        lines.close()
      }
    },
    readInput: () => text(stdin),
    dispose: () => stop.dispose(),
  }
}
