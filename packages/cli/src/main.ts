import { processShell } from './process-shell.ts'
import { runCommand } from './run-command.ts'

/**
 * The `freshet` command. Sets the exit code and returns; stdout is data, stderr is for people.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const shell = processShell()
  try {
    process.exitCode = await runCommand(argv.slice(2), shell)
  } finally {
    shell.dispose()
  }
}
