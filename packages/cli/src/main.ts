import { Command } from '@commander-js/extra-typings'
import { CommanderError } from 'commander'
import pc from 'picocolors'
import { addDemoCommand } from './commands/demo.ts'
import { addDevCommand } from './commands/dev.ts'
import { EXIT, exitCodeOf, Negative } from './exit-code.ts'
import { stopSignal } from './stop-signal.ts'

/**
 * The `freshet` command. Sets the exit code and returns; stdout is data, stderr is for people.
 */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', ignoreClosedPipe)
  const stop = stopSignal()
  try {
    await program(stop.signal).parseAsync([...argv])
  } catch (error) {
    process.exitCode = stop.signal.aborted && isAbort(error) ? EXIT.ok : exitCodeOf(error)
    tell(error)
  } finally {
    stop.dispose()
  }
}

function program(signal: AbortSignal): Command {
  const freshet = new Command('freshet')
    .description('Keeps the entitlement claims inside access tokens fresh')
    .exitOverride()
    .showHelpAfterError()
  addDevCommand(freshet, signal)
  addDemoCommand(freshet, signal)
  return freshet
}

/** Commander has told its own errors already. */
function tell(error: unknown): void {
  if (error instanceof CommanderError || error instanceof Negative || isAbort(error)) return
  const text = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${pc.red('error:')} ${text}\n`)
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

/** Whoever reads our output may stop reading: `freshet … | head -1` is no error. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
