import type { Colors } from './output/colors.ts'

/** What a command sees of the process: tests give another. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Aborts on Ctrl-C, and when whoever reads stdout went away. */
  readonly signal: AbortSignal
  /** Of stdout: none where it is not a terminal. */
  readonly colors: Colors
  /** Whether stdin and stderr are a terminal: people can be asked, and lines be drawn over. */
  readonly isInteractive: boolean
  /** Data, for programs and people. */
  out(text: string): void
  /** Everything else, for people. */
  err(text: string): void
  /** One line that somebody types in answer; only where it is interactive. */
  ask(question: string): Promise<string>
  /** All of stdin. */
  readInput(): Promise<string>
}
