import type { Command } from '@commander-js/extra-typings'
import { verbsOf } from './examples.ts'
import { recordingShell } from './recording-shell.ts'
import { programFor, runCommand } from './run-command.ts'

/** A command with its help. */
export interface CommandHelp {
  readonly words: string
  readonly help: string
}

/** The help of the whole program. */
export function programHelp(): Promise<string> {
  return helpOf([])
}

/** Every command with its help, in the order of the program. */
export function commandHelps(): Promise<readonly CommandHelp[]> {
  const verbs = verbsOf(programFor(recordingShell()))
  return Promise.all(verbs.map(({ words }) => withHelp(words)))
}

/** Every group of commands with its help, in the order of the program. */
export function groupHelps(): Promise<readonly CommandHelp[]> {
  const nouns = programFor(recordingShell()).commands as unknown as readonly Command[]
  const groups = nouns.filter(({ commands }) => commands.length > 0)
  return Promise.all(groups.map((each) => withHelp(each.name())))
}

async function withHelp(words: string): Promise<CommandHelp> {
  return { words, help: await helpOf(words.split(' ')) }
}

async function helpOf(words: readonly string[]): Promise<string> {
  const shell = recordingShell()
  await runCommand([...words, '--help'], shell)
  return shell.written().out
}
