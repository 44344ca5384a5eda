import { CliError } from '../../cli-error.ts'
import type { Shell } from '../../shell.ts'
import { exchangeToken, mintToken, type MintAnswer } from '../../stack/token-client.ts'
import { mintAccess, requireIdp, type MintAccessOptions } from './mint-access.ts'
import { readTokenArgument } from './read-token.ts'

/** The options of `freshet token mint`. */
export interface MintOptions extends MintAccessOptions {
  readonly audience: string
  readonly subject?: string | undefined
  readonly subjectToken?: string | undefined
}

/** Mints a token for the subject of the options. @throws `CliError`, `ProblemError` with the authority's refusal */
export async function mintForOptions(shell: Shell, options: MintOptions): Promise<MintAnswer> {
  const { audience, subject, subjectToken } = options
  if ((subject === undefined) === (subjectToken === undefined))
    throw new CliError('usage', 'Give one of --subject and --subject-token.')
  const access = await mintAccess(shell, options)
  if (subjectToken !== undefined)
    return exchangeToken({ ...access, audience }, await readTokenArgument(subjectToken, shell))
  const idp = requireIdp(access)
  return mintToken({ ...access, idp, audience, subject: subject ?? '' })
}
