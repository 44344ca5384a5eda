import { CliError } from '../../cli-error.ts'

const UNESCAPED_COMMA = /(?<!\\),/

/**
 * Reads `groups=a,b` as what a route requires; the same claim may come again. A comma that belongs
 * to a value is written `\\,`: names from directories hold commas.
 *
 * @throws `CliError` usage
 */
export function requirementsOf(
  given: readonly string[],
): Readonly<Record<string, readonly string[]>> {
  const required = new Map<string, readonly string[]>()
  for (const text of given) {
    const [, claim, listed] = /^([^=]+)=(.+)$/.exec(text) ?? []
    const values = listed?.split(UNESCAPED_COMMA).map((value) => value.replaceAll('\\,', ',')) ?? []
    if (claim === undefined || values.length === 0 || values.includes('')) {
      throw new CliError('usage', '--require needs claim=value, or claim=value,value.')
    }
    required.set(claim, [...(required.get(claim) ?? []), ...values])
  }
  return Object.fromEntries(required)
}
