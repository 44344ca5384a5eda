import { recordingShell } from '../src/recording-shell.ts'
import { runCommand } from '../src/run-command.ts'
import type { Shell } from '../src/shell.ts'

/** The exit code of a command, and the text that it wrote. */
export interface RecordedRun {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command line in this process with a shell that keeps what is written, for tests. */
export async function recordedRun(line: string, shell: Partial<Shell>): Promise<RecordedRun> {
  const recording = recordingShell(shell)
  const code = await runCommand(line.split(' ').filter(Boolean), recording)
  return { code, ...recording.written() }
}
