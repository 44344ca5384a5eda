import { CliError } from '../cli-error.ts'
import type { SourceStatusAnswer } from '../stack/source-client.ts'
import type { Numbering } from './load.ts'

/** Most sequences that a full statement can make up for. */
export const GAPS_MAX = 1_000
/** The number of ranges that the gateway returns; there can be more. */
const RANGES_TOLD = 20

/**
 * The free sequence numbers that a gateway returns. @throws `CliError` if more are missing than it returns
 */
export function numberingOf({
  next,
  above,
  holes = [],
}: Pick<SourceStatusAnswer, 'next' | 'above' | 'holes'>): Numbering | undefined {
  if (next === undefined) return undefined
  const missing = holes.reduce((sum, { from, to }) => sum + BigInt(to) - BigInt(from) + 1n, 0n)
  if (missing > BigInt(GAPS_MAX) || holes.length >= RANGES_TOLD) {
    throw new CliError(
      'error',
      `Too many sequence numbers of the source are missing: ${missing}.`,
      {
        next: 'send events for them first, in order: GET /v1/sources/{source} names the next',
      },
    )
  }
  const gaps = holes.flatMap(({ from, to }) => {
    const first = BigInt(from)
    const count = Number(BigInt(to) - first) + 1
    return Array.from({ length: count }, (_, n) => first + BigInt(n))
  })
  return { gaps, from: BigInt(gaps.length > 0 ? (above ?? next) : next) }
}
