import { Command, CommanderError, Help, Option } from 'commander'
import type { NamingOptions } from './in-context.ts'

/** Commands that ask no installation: they work without contexts, and whatever state their file has. */
const LOCAL = [
  'completion',
  'connect check',
  'connect plan',
  'context',
  'demo',
  'dev',
  'help',
  'init',
  'try',
  'keys gen',
  'registry lint',
  'serve',
] as const

/** Returns true for the line of a command that asks no installation. */
export function isLocal(words: readonly string[]): boolean {
  const line = `${words.join(' ')} `
  return LOCAL.some((each) => line.startsWith(`${each} `))
}

/** `--context`, which stands anywhere in a command line. */
export function contextOption(): Option {
  return new Option('--context <name>', 'name of an installation; . is the dev stack here')
}

/** The options of a command as its help and the completion show them. */
export function shownOptions(command: Command): Option[] {
  const own = new Help().visibleOptions(command)
  const isVerb = command.commands.length === 0 && command.parent !== null
  return isVerb && !isLocal(wordsOf(command)) ? own.toSpliced(-1, 0, contextOption()) : own
}

function wordsOf(command: Command): readonly string[] {
  const { parent } = command
  return parent === null ? [] : [...wordsOf(parent), command.name()]
}

/** The options that choose the installation, and the rest of the command line without options. */
export function namingIn(args: readonly string[]): NamingOptions & { words: readonly string[] } {
  const reader = new Command().exitOverride().configureOutput({ writeErr: () => {} })
  reader.addOption(contextOption()).option('--gateway <url>').allowUnknownOption()
  try {
    const { operands, unknown } = reader.parseOptions([...args])
    const words = [...operands, ...unknown].filter((each) => !each.startsWith('-'))
    return { ...reader.opts<NamingOptions>(), words }
  } catch (error) {
    // The program itself reports an option without its value.
    if (error instanceof CommanderError) return { words: [] }
    throw error
  }
}
