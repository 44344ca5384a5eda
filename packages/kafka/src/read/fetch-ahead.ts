import type { Answered, Positions } from '../protocol/fetch.ts'

/** The fetches of one loop, at most one of them ahead of its turn. */
export interface FetchAhead {
  /** Begins a fetch from these positions. An earlier fetch that was not taken is dropped. */
  begin(positions: Positions): void
  /** Returns the answer for these positions: that of the fetch in flight, if its positions are the same. */
  take(positions: Positions): Promise<Answered>
}

/**
 * Fetches ahead: the broker reads the next records while the previous ones are delivered. A reader of a long
 * topic waits for one of the two, not for both in turn. If a position has changed in the meantime, the
 * fetched records are not used.
 */
export function fetchAhead(fetch: (positions: Positions) => Promise<Answered>): FetchAhead {
  let coming: { readonly positions: Positions; readonly answer: Promise<Answered> } | undefined
  return {
    begin(positions) {
      const answer = fetch(positions)
      // `take` throws the error. If the answer is not taken, its error does not matter.
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
