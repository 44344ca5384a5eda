import type { Colors } from './output/view.ts'

/** The parts of the process that a command uses: tests give others. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The option, variables or context that name the installation. Absent: the stack of the folder, if one runs. */
  readonly namedBy?: string
  /** Aborts on Ctrl-C, and when the reader of stdout is gone. */
  readonly signal: AbortSignal
  /** The colours of stdout; none if it is not a terminal. */
  readonly colors: Colors
  /** True if stdout is a terminal that is no dumb one. */
  readonly isTerminal: boolean
  /** True if stderr is a terminal that is no dumb one: a line there can be redrawn. */
  readonly hasStatusLine: boolean
  /** Characters of a line of stdout: 80 without a terminal. */
  readonly columns: number
  /** True if stdin and stderr are a terminal: the command can ask, and redraw lines. */
  readonly isInteractive: boolean
  /** The present time, in milliseconds since 1970. */
  nowMs(): number
  /** Data, for programs and people. */
  out(text: string): void
  /** Everything else, for people. */
  err(text: string): void
  /** Asks a question and returns the typed line; only for an interactive shell. */
  ask(question: string): Promise<string>
  /** All of stdin. */
  readInput(): Promise<string>
}
