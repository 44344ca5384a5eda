import type { Random } from '../../simulation/random.ts'
import type { HostileRequest } from './request.ts'

/** One way to spoil a request. */
export interface Mutator {
  readonly name: string
  /** After it no door may take the body, whatever else it says: duplicate members, NUL, … */
  readonly spoils?: true
  /** `undefined` where the request has nothing to spoil so. */
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

/** One to three mutations; one that spoils the body comes last, so that no other undoes it. */
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
