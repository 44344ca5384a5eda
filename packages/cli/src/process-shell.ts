import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import { colorsFor, isTerminal } from './output/colors.ts'
import type { Shell } from './shell.ts'
import { stopSignal } from './stop-signal.ts'

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
