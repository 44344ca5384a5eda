import type { Command } from '@commander-js/extra-typings'
import { shownOptions } from '../contexts/context-option.ts'

/** A candidate of the completion, and its meaning. */
export interface CompletionWord {
  readonly word: string
  readonly meaning: string
}

/** A place of the command line, with its candidates. */
export interface CompletionPlace {
  /** The command, like `change emit`. It is empty for the program itself. */
  readonly words: string
  readonly candidates: readonly CompletionWord[]
}

/** Commander adds this command to a program by itself. */
const HELP_COMMAND: CompletionWord = { word: 'help', meaning: 'show the help of a command' }

/** Returns the place of each command of the program, from the program down. */
export function completionPlaces(
  command: Command,
  above: readonly string[] = [],
): readonly CompletionPlace[] {
  const below = command.commands as unknown as readonly Command[]
  const isProgram = above.length === 0
  const candidates = [...(isProgram ? [HELP_COMMAND] : []), ...candidatesOf(command)]
  const place = { words: above.join(' '), candidates }
  return [place, ...below.flatMap((each) => completionPlaces(each, [...above, each.name()]))]
}

function candidatesOf(command: Command): readonly CompletionWord[] {
  const verbs = command.commands.map((each) => ({
    word: each.name(),
    meaning: each.description(),
  }))
  const values = command.registeredArguments.flatMap(({ argChoices = [] }) =>
    argChoices.map((word) => ({ word, meaning: '' })),
  )
  const options = shownOptions(command as never).flatMap(({ long, description }) =>
    typeof long === 'string' && long !== '--help' ? [{ word: long, meaning: description }] : [],
  )
  return [...verbs, ...values, ...options, { word: '--help', meaning: 'show the help' }]
}
