import type { Random } from '../../simulation/random.ts'
import type { HostileRequest } from '../../requests/request.ts'

/** One kind of mutation of a request. */
export interface Mutator {
  readonly name: string
  /** After it no service must accept the body, whatever the rest of it is: duplicate members, NUL, … */
  readonly spoils?: true
  /** Returns `undefined` if the request has no part for this mutation. */
  apply(request: HostileRequest, random: Random): HostileRequest | undefined
}

/** A request after its mutations. */
export interface Mutated {
  readonly original: HostileRequest
  readonly request: HostileRequest
  readonly mutators: readonly string[]
  readonly isSpoilt: boolean
}

const TRIES_MAX = 8

/** Makes one to three mutations; one that spoils the body comes last, so that no other undoes it. */
export function mutate(
  original: HostileRequest,
  mutators: readonly Mutator[],
  random: Random,
): Mutated {
  const names: string[] = []
  let request = original
  const wanted = random.pick([1, 1, 1, 2, 3])
  for (let tries = 0; names.length < wanted && tries < TRIES_MAX; tries += 1) {
    const mutator = random.pick(mutators)
    const next = mutator.apply(request, random)
    if (next === undefined) continue
    request = next
    names.push(mutator.name)
    if (mutator.spoils) return { original, request, mutators: names, isSpoilt: true }
  }
  return { original, request, mutators: names, isSpoilt: false }
}
