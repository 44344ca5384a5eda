import { nearestName } from '@freshet/protocol'
import { CliError } from '../../cli-error.ts'
import { findStack } from '../../context.ts'
import type { Touches } from '../../http/gateway-client.ts'
import { ProblemError } from '../../http/problem-error.ts'
import { printable } from '../../output/printable.ts'
import type { Shell } from '../../shell.ts'
import type { CutOffQuestion } from './cut-off-order.ts'

const ANSWER_WITHIN_MS = 5_000

/**
 * Refuses a key that signed no outstanding token and that the authority does not publish. Any key is accepted if no authority
 * is known.
 *
 * @throws `CliError` not found
 */
export async function requireKnownKey(
  shell: Shell,
  { kind, target, unknownOk }: CutOffQuestion,
  { tokens }: Touches,
): Promise<void> {
  if (kind !== 'key' || unknownOk === true || tokens > 0) return
  const kids = await publishedKids(shell)
  if (kids === undefined || kids.includes(target)) return
  const what = `The authority has no key ${printable(target)}, and no outstanding token is signed by it.`
  const nearest = nearestName(target, kids)
  const hint = nearest === undefined ? '' : ` Did you mean ${printable(nearest)}?`
  const next = 'correct the name, or add --unknown-ok if it is right'
  throw new CliError('notFound', `${what}${hint}`, { next })
}

/** The refusal of the gateway; an unknown tenant or claim reads as not found. */
export function cutOffRefusal(error: unknown, { tenant }: CutOffQuestion): unknown {
  if (!(error instanceof ProblemError)) return error
  const isTenant =
    error.code === 'event.forbidden' &&
    error.message.startsWith(`tenant ${tenant} is not in the registry`)
  const isUnknown = isTenant || error.code === 'event.unmapped'
  return isUnknown ? new CliError('notFound', error.message, { cause: error }) : error
}

async function publishedKids(shell: Shell): Promise<readonly string[] | undefined> {
  const issuer = (await findStack(shell))?.dev.authority.url ?? shell.env['FRESHET_ISSUER']
  if (!issuer || !URL.canParse(issuer)) return undefined
  const url = `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    const response = await fetch(url, { redirect: 'error', signal })
    if (!response.ok) return undefined
    const { keys } = (await response.json()) as { readonly keys: readonly { kid?: string }[] }
    return keys.flatMap(({ kid }) => kid ?? [])
  } catch {
    return undefined
  }
}
