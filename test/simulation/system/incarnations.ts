import { goesBack } from './calm.ts'
import type { HeldToken, World } from './world.ts'

/** Returns the incarnation in the label of a token. */
export function incarnationOf({ jwt }: HeldToken): bigint {
  const payload = Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()
  return BigInt((JSON.parse(payload) as { freshet: { e: string } }).freshet.e)
}

/**
 * Returns whether a later incarnation has ended a token, in a run whose database goes back. Such a database
 * records changes again. Edges can then name a change that the token knew, and the ledger can hold another
 * history than they do.
 */
export function isEndedByIncarnation(world: World, token: HeldToken): boolean {
  return goesBack(world.mix) && incarnationOf(token) < latestIncarnation(world)
}

/**
 * Returns a token without the knowledge that would keep a change from being named as the reason for its end.
 */
export function asEnded(world: World, token: HeldToken): HeldToken {
  return isEndedByIncarnation(world, token) ? { ...token, basis: new Set() } : token
}

function latestIncarnation({ database, edges }: World): bigint {
  const known = [...edges.values()].flatMap((edge) => edge.stats().partitions)
  return [...database.progress.values(), ...known].reduce((latest, { e = 0n }) => {
    return e > latest ? e : latest
  }, 0n)
}
