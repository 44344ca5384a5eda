import { quoted } from '@freshet/insight/findings'

/**
 * The command that asks the same as a view: an option for each given part of its query, without a value for `true`. A view keeps its
 * filters in a terminal.
 */
export function cliOf(
  command: string,
  options: Readonly<Record<string, string | boolean | null | undefined>> = {},
): string {
  const given = Object.entries(options).flatMap(([name, value]) => {
    if (typeof value === 'string') return value === '' ? [] : [`--${name} ${quoted(value)}`]
    return value ? [`--${name}`] : []
  })
  return [command, ...given].join(' ')
}
