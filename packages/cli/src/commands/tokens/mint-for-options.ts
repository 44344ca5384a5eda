import { setTimeout as wait } from 'node:timers/promises'
import { CliError } from '../../cli-error.ts'
import { ProblemError } from '../../http/problem-error.ts'
import type { Shell } from '../../shell.ts'
import { exchangeToken, mintToken, type MintAnswer } from '../../stack/token-client.ts'
import { mintAccess, requireIdp, type MintAccessOptions } from './mint-access.ts'
import { readTokenArgument } from './read-token.ts'

/** A source that has just started is silent until its first heartbeat is recorded. */
const UNVERIFIED_TRIES = 12
const AGAIN_AFTER_MS = 500

/** The options of `freshet token mint`. */
export interface MintOptions extends MintAccessOptions {
  readonly audience: string
  readonly subject?: string | undefined
  readonly subjectToken?: string | undefined
}

/**
 * Mints a token for the subject of the options. It asks again for some seconds while a source is silent.
 *
 * @throws `CliError`, `ProblemError` with the authority's refusal
 */
export async function mintForOptions(shell: Shell, options: MintOptions): Promise<MintAnswer> {
  const { audience, subject, subjectToken } = options
  if ((subject === undefined) === (subjectToken === undefined))
    throw new CliError('usage', 'Give one of --subject and --subject-token.')
  const access = await mintAccess(shell, options)
  if (subjectToken !== undefined) {
    const given = await readTokenArgument(subjectToken, shell)
    return whileUnverified(() => exchangeToken({ ...access, audience }, given))
  }
  const idp = requireIdp(access)
  return whileUnverified(() => mintToken({ ...access, idp, audience, subject: subject ?? '' }))
}

async function whileUnverified(mint: () => Promise<MintAnswer>): Promise<MintAnswer> {
  for (let left = UNVERIFIED_TRIES; ; left -= 1) {
    try {
      return await mint()
    } catch (error) {
      const isSilent = error instanceof ProblemError && error.code === 'mint.unverified'
      if (!isSilent || left === 0) throw error
    }
    await wait(AGAIN_AFTER_MS)
  }
}
