import { Command } from '@commander-js/extra-typings'
import { CommanderError, Help, type Option } from 'commander'
import { optionTimeText, readDuration, readSpan } from './commands/arguments.ts'
import { addExamples } from './examples.ts'
import { EXIT, exitCodeOf, Negative } from './exit-code.ts'
import { CLI_VERSION } from './installation/cli-version.ts'
import { commandName } from './output/as-typed.ts'
import { errorText } from './output/error-text.ts'
import { CliError } from './cli-error.ts'
import { contextOption, isLocal, namingIn, shownOptions } from './contexts/context-option.ts'
import { inContext } from './contexts/in-context.ts'
import { SECTIONS } from './help/sections.ts'
import type { Shell } from './shell.ts'

/**
 * Runs one command and returns its exit code; without arguments it prints the help. It never rejects: errors are
 * printed on stderr.
 */
export async function runCommand(args: readonly string[], shell: Shell): Promise<number> {
  try {
    const own = await shellFor(args, shell)
    await programFor(own).parseAsync(args.length === 0 ? ['--help'] : [...args], { from: 'user' })
    return EXIT.ok
  } catch (error) {
    if (shell.signal.aborted && isAbort(error)) return EXIT.error
    // Commander has printed its own errors already, and a negative answer is none.
    if (!(error instanceof CommanderError || error instanceof Negative))
      shell.err(errorText(error, commandName(shell.env)))
    return exitCodeOf(error)
  }
}

/** The shell of the installation that the command works on. */
async function shellFor(args: readonly string[], shell: Shell): Promise<Shell> {
  const { words, ...named } = namingIn(args)
  if (words.length === 0 || args.includes('--help') || args.includes('-h')) return shell
  if (!isLocal(words)) return await inContext(shell, named)
  if (named.context === undefined) return shell
  throw new CliError('usage', 'This command asks no installation, so it takes no --context.')
}

/** Times have a unit, and an option that can be repeated has no default to show. */
function optionDescription(option: Option): string {
  const { parseArg, defaultValue } = option
  const isTime = parseArg === (readDuration as unknown) || parseArg === (readSpan as unknown)
  const shown: Partial<Option> = Array.isArray(defaultValue)
    ? { defaultValue: undefined }
    : isTime && typeof defaultValue === 'number'
      ? { defaultValueDescription: optionTimeText(defaultValue) }
      : {}
  return new Help().optionDescription(Object.assign(Object.create(option), shown) as Option)
}

/** The whole command line, unparsed. */
export function programFor(shell: Shell): Command {
  const program = new Command('freshet')
    .description(DESCRIPTION)
    .version(CLI_VERSION, '-V, --version')
    .exitOverride()
    .configureHelp({
      subcommandTerm: (command) => command.name(),
      visibleOptions: (command) => shownOptions(command as never),
      optionDescription,
    })
    .configureOutput({ writeOut: (text) => shell.out(text), writeErr: (text) => shell.err(text) })
    .addOption(contextOption())
    .showHelpAfterError('(add --help for the commands and options)')
    .addHelpText('after', EXIT_CODES_HELP)
  for (const [section, commands] of Object.entries(SECTIONS)) {
    program.commandsGroup(`${section}:`)
    for (const add of commands) add(program, shell)
  }
  program.helpCommand(true)
  addExamples(program)
  return program
}

const DESCRIPTION = `Keeps the entitlement claims inside access tokens fresh

Start here:
  freshet dev      starts the whole stack here, and prints the next steps
  freshet status   shows if all claims are fresh, and what is not
  freshet doctor   lists each fault with its fix`

const EXIT_CODES_HELP = `
Data goes to stdout, everything else to stderr. Exit codes: 0 ok, 1 error,
2 usage, 3 not found, 4 unreachable or timed out, 5 not authorised,
10 unhealthy, 11 a negative answer.
`

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
