import type { OutstandingAnswer, ShownDifference } from '@freshet/insight/answers'
import { diffRegistries, tokensTouched } from '@freshet/registry/diff'
import type { Registry } from '@freshet/protocol'
import { CliError } from '../../cli-error.ts'
import { consoleAccess } from '../../context.ts'
import { consoleClient } from '../../http/console-client.ts'
import { tokensText, differencesText } from '../../output/registry/differences-text.ts'
import type { Shown } from '../../output/format.ts'
import type { Shell } from '../../shell.ts'

/** The two registries to compare. */
interface Compared {
  readonly old: string
  readonly new: string
  readonly before: Registry
  readonly after: Registry
}

/** The number of touched outstanding tokens. */
interface TouchedAnswer {
  readonly at: string
  readonly outstanding: number
  /** The number that a tightening difference touches, each once. */
  readonly tightened: number
  /** False: there are more outstanding tokens than were looked at. */
  readonly isComplete: boolean
}

/**
 * The outstanding tokens of the running stack. The comparison needs no stack: a reviewer of a file need not
 * run one.
 */
export async function outstandingOf(shell: Shell): Promise<OutstandingAnswer | undefined> {
  const access = await consoleAccess(shell).catch((error: unknown) => {
    if (error instanceof CliError && error.kind === 'unreachable') return undefined
    throw error
  })
  if (access !== undefined) return consoleClient(access).outstanding()
  shell.err('no running stack was found here, so no tokens are counted\n')
  return undefined
}

/** The differences, with the tokens that each one is about where they are known. */
export function diffShown(
  { before, after, ...files }: Compared,
  found: OutstandingAnswer | undefined,
): Shown {
  const plain = diffRegistries(before, after)
  if (found === undefined) {
    const data = { ...files, differences: plain, tokens: null }
    return { data, items: plain, text: () => differencesText(plain) }
  }
  const { kinds, at, isComplete } = found
  const { byDifference, ...counts } = tokensTouched(plain, [before, after], kinds)
  const differences = plain.map((each, n) => ({ ...each, tokens: byDifference[n] ?? 0 }))
  const tokens = { at, isComplete, ...counts }
  const text = (): string =>
    [differencesText(differences), summaryOf(differences, tokens)].join('\n')
  return { data: { ...files, differences, tokens }, items: differences, text }
}

function summaryOf(
  differences: readonly ShownDifference[],
  { outstanding, tightened, isComplete }: TouchedAnswer,
): string {
  const least = isComplete ? '' : 'at least '
  if (differences.length === 0) return `${least}${tokensText(outstanding)} outstanding`
  return `what tightens touches ${least}${tightened} of ${least}${tokensText(outstanding)} outstanding`
}
