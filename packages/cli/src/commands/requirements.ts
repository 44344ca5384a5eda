import { CliError } from '../cli-error.ts'

/** Reads `groups=a` and `groups=b` as what a route requires. @throws `CliError` usage */
export function requirementsOf(
  given: readonly string[],
): Readonly<Record<string, readonly string[]>> {
  const required = new Map<string, readonly string[]>()
  for (const text of given) {
    const [, claim, value] = /^([^=]+)=(.+)$/.exec(text) ?? []
    if (claim === undefined || value === undefined) {
      throw new CliError('usage', '--require needs claim=value.')
    }
    required.set(claim, [...(required.get(claim) ?? []), value])
  }
  return Object.fromEntries(required)
}
