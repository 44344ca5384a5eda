import { InvalidArgumentError } from '@commander-js/extra-typings'
import type { Shell } from '../shell.ts'

/** The form in which a command writes its data. */
export type OutputFormat = 'table' | 'json' | 'jsonl'

/** The flag that every command with data has. */
export const OUTPUT_FLAGS = '-o, --output <format>'

/** The help of the option. */
export const OUTPUT_HELP = 'table, json or jsonl'

/** Reads the flag's value. */
export function readFormat(text: string): OutputFormat {
  if (text === 'table' || text === 'json' || text === 'jsonl') return text
  throw new InvalidArgumentError('Allowed are table, json and jsonl.')
}

/** Something to be shown: as data, and as people read it. */
export interface Shown {
  readonly data: unknown
  /** The items of `jsonl`, one per line. Default: the data as one line. */
  readonly items?: readonly unknown[]
  text(): string
}

/** Writes it to stdout in the format asked for. */
export function show(shell: Shell, format: OutputFormat, shown: Shown): void {
  switch (format) {
    case 'json':
      return shell.out(`${JSON.stringify(shown.data, null, 2)}\n`)
    case 'jsonl':
      for (const item of shown.items ?? [shown.data]) shell.out(`${JSON.stringify(item)}\n`)
      return
    case 'table':
      return shell.out(`${shown.text()}\n`)
  }
}
