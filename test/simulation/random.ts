import { elementAt } from './element.ts'

/** A seeded source of choices; each concern draws from its own, so that one does not shift another. */
export interface Random {
  /** Returns a whole number from 0 up to, not including, `below`. */
  below(below: number): number
  /** Returns true with the given probability. */
  chance(probability: number): boolean
  between(from: number, to: number): number
  pick<T>(from: readonly T[]): T
}

export function randomOf(seed: number, concern: string): Random {
  let state = seed >>> 0
  for (const letter of concern) state = Math.imul(state ^ letter.charCodeAt(0), 2_654_435_761) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    chance: (probability) => next() < probability,
    between: (from, to) => from + below(to - from + 1),
    pick: <T>(from: readonly T[]) => elementAt(from, below(from.length)),
  }
}
