import { isProtectedUrl } from '@freshet/protocol'
import { CliError } from '../../cli-error.ts'
import { findStack, inClear, requireStack } from '../../context.ts'
import type { Shell } from '../../shell.ts'

const VARIABLE = 'FRESHET_SIDECAR_URL'

/**
 * The address of the edge that a command asks: a URL, a sidecar of the dev stack, or the one that the environment names.
 *
 * @throws `CliError` where there is none, or where the token would go over a network in clear
 */
export async function sidecarUrl(
  shell: Shell,
  given: string,
  allowsClear: boolean,
): Promise<string> {
  if (given !== 'sidecar' && given !== 'sidecar:2') return checked('--sidecar', given, allowsClear)
  const found = await findStack(shell)
  const named = shell.env[VARIABLE]
  if (found === undefined && named) return checked(VARIABLE, named, allowsClear)
  return (found?.dev ?? (await requireStack(shell, `--sidecar URL or ${VARIABLE}`)))[given].url
}

function checked(name: string, url: string, allowsClear: boolean): string {
  if (!URL.canParse(url)) {
    const what = name === VARIABLE ? 'a URL' : 'a URL, sidecar or sidecar:2'
    throw new CliError('usage', `${name} needs ${what}.`)
  }
  if (allowsClear || isProtectedUrl(url)) return url
  throw inClear(name, 'the token', 'use an https address, or add --allow-plaintext')
}
