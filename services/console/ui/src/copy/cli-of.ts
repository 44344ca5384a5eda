import { quoted } from './quoted.ts'

/**
 * The command that asks the same as a view: an option for each given part of its query. A view keeps its
 * filters in a terminal.
 */
export function cliOf(
  command: string,
  options: Readonly<Record<string, string | null | undefined>> = {},
): string {
  const given = Object.entries(options).filter((pair): pair is [string, string] => Boolean(pair[1]))
  return [command, ...given.map(([name, text]) => `--${name} ${quoted(text)}`)].join(' ')
}
