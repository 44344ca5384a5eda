import type { Answered, Positions } from './fetch.ts'

/** Fetches of one loop, at most one of them before its turn. */
export interface FetchAhead {
  /** Asks already for what stands at these positions. What was asked for before is given up. */
  begin(positions: Positions): void
  /** The answer for these positions: the one under way, if it is of these very positions. */
  take(positions: Positions): Promise<Answered>
}

/**
 * The broker looks up the next records while those before them are delivered: whoever reads a long
 * topic waits for one of the two, not for both in turn. Of what was asked too early nothing is
 * used once a position has moved elsewhere.
 */
export function fetchAhead(fetch: (positions: Positions) => Promise<Answered>): FetchAhead {
  let coming: { readonly positions: Positions; readonly answer: Promise<Answered> } | undefined
  return {
    begin(positions) {
      const answer = fetch(positions)
      // Thrown where it is taken; where it is not, nobody needs it.
      answer.catch(() => undefined)
      coming = { positions, answer }
    },
    take(positions) {
      const held = coming
      coming = undefined
      return held !== undefined && isSame(held.positions, positions)
        ? held.answer
        : fetch(positions)
    },
  }
}

function isSame(one: Positions, other: Positions): boolean {
  return one.size === other.size && [...one].every(([p, offset]) => other.get(p) === offset)
}
