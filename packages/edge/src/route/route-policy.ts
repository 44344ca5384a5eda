import { FreshetError, type ClaimMap, type ClaimValue, type JudgedToken } from '@freshet/domain'
import { observationOf } from './observe.ts'

/** What a route needs of a token. */
export interface RoutePolicy {
  /** Values of which the token must carry all, by claim. Absent: every claim in it is judged. */
  readonly require?: Readonly<Record<string, readonly string[]>>
  /** `high`: a fresh view is not enough; the authority judges each request. Default `normal`. */
  readonly risk?: 'normal' | 'high'
  /**
   * `always` (default), or `observe until 2026-12-24`: through that day in UTC, by the later of the
   * edge's clock and what it has heard of its sources, every token that is valid goes on, and the
   * decision tells what it would have been. Not for high risk.
   */
  readonly enforce?: string
  /** Default: the edge's own. */
  readonly audience?: string
}

/**
 * Descriptive claims say something of a subject and grant nothing, so no route may require one.
 *
 * @throws `config.invalid`
 */
export function checkPolicy(policy: RoutePolicy, map: ClaimMap | undefined): void {
  observationOf(policy)
  const { require = {} } = policy
  for (const claim of Object.keys(require))
    if (claim === '' || map?.claims.get(claim)?.kind === 'descriptive')
      throw new FreshetError(
        'config.invalid',
        `A route requires the claim ${claim}, which is descriptive and grants nothing.`,
      )
}

/** The required values that a token does not carry. */
export function missingValues(
  { require = {} }: RoutePolicy,
  token: JudgedToken,
): readonly string[] {
  return Object.entries(require).flatMap(([claim, values]) => {
    const carried = token.claims.get(claim) ?? []
    return values.filter((value) => !carried.some((each) => isSame(each, value)))
  })
}

function isSame(carried: ClaimValue, wanted: string): boolean {
  return String(carried) === wanted
}
