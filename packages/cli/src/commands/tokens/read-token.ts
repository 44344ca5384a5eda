import { CliError } from '../../cli-error.ts'
import type { Shell } from '../../shell.ts'

/** The token given as an argument, or on stdin for `-`: arguments show up in lists of processes. */
export async function readTokenArgument(given: string, shell: Shell): Promise<string> {
  const token = (given === '-' ? await shell.readInput() : given).trim()
  if (token === '') throw new CliError('usage', 'The token is empty.')
  return token
}
