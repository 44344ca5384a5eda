import { explainToken, type JudgeDependencies } from '@freshet/authority'
import type { Verdict } from '@freshet/protocol'
import { memoryMintStore } from '@freshet/memory'
import type { Process } from '../kernel/process.ts'
import { ISSUER, type Policy } from './deployment.ts'
import { publishedOf } from './keys.ts'
import type { World } from './world.ts'

/** Judges a token as a caller of the authority would read it, claim by claim. */
export type Introspect = (jwt: string) => Promise<ReadonlyMap<string, Verdict>>

/**
 * Returns the product's answer on a token from the primary (rule 22), without network delay. The delay to the
 * database is part of the answer's age. The oracle judges the answer itself, not the time of its arrival.
 */
export function introspecting(world: World, process: Process, loaded: Policy): Introspect {
  const tokens = publishedOf(() => world.keys.tokens, world.kernel)
  const deps: JudgeDependencies = {
    ledger: memoryMintStore(world.database),
    clock: process.timer,
    loaded,
    issuer: ISSUER,
    get keys() {
      return tokens()
    },
  }
  const weakened = world.guards.judging?.(deps, world.database) ?? deps
  return async (jwt) => (await explainToken(jwt, weakened))?.verdicts ?? new Map()
}
