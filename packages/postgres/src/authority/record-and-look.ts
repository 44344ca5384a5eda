import type { LookAnswer, LookQuery, MintedToken } from '@freshet/authority'
import type { Flights } from '../connection/query.ts'
import { look } from './look.ts'
import { recordTokens } from './record-tokens.ts'

/** A token to be recorded, and what to look at behind it. */
export interface RecordAndLook {
  readonly minted: MintedToken
  readonly query: LookQuery
}

/**
 * Records tokens and looks, in two transactions that share a round trip: the server begins the look
 * when the rows are committed (rule 5). One answer for each, in their order.
 *
 * @throws `database.*`; the outcome is then unknown
 */
export function recordAndLook(
  db: Flights,
  mints: readonly RecordAndLook[],
): Promise<readonly LookAnswer[]> {
  return db.inOneFlight(async (flight) => {
    const recorded = recordTokens(
      flight,
      mints.map(({ minted }) => minted),
    )
    const looked = look(
      flight,
      mints.map(({ query }) => query),
    )
    await Promise.allSettled([recorded, looked])
    await recorded
    return looked
  })
}
