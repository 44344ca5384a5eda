import { verdictsOf, type SignatureVerdict } from '@freshet/protocol'
import type { ReadCheckpoint, VerifyKey } from '@freshet/wire'
import type { KeyRing } from '../keys/key-ring.ts'
import { processCheckpoints } from './verified-checkpoints.ts'

/** Checkpoint keys by the name that a checkpoint gives; a name without a key is unknown. */
export type NamedKeys = ReadonlyMap<string, VerifyKey | undefined>

/** The keys that checkpoints name: at once where the edge holds them all, else after one reading of the key set. */
export function keysOf(
  reads: readonly ReadCheckpoint[],
  keys: Pick<KeyRing, 'find'>,
): NamedKeys | Promise<NamedKeys> {
  const found = [...new Set(reads.map(({ kid }) => kid))].map(
    (kid) => [kid, keys.find('checkpoints', kid)] as const,
  )
  const held = found.flatMap(([kid, key]) => (key instanceof Promise ? [] : [[kid, key] as const]))
  if (held.length === found.length) return new Map(held)
  return Promise.all(found.map(async ([kid, key]) => [kid, await key] as const)).then(
    (all) => new Map(all),
  )
}

/** The verdicts on the signatures of checkpoints that were read in this order: one signature for each path. */
export function judgeCheckpoints(
  reads: readonly ReadCheckpoint[],
  keys: NamedKeys,
): readonly SignatureVerdict[] {
  const links = reads.map(({ hash, checkpoint: { previous } }) => ({ hash, previous }))
  const keyOf = (index: number): VerifyKey | undefined => keys.get(reads[index]?.kid ?? '')
  return verdictsOf(links, {
    isKnown: (index) => keyOf(index) !== undefined,
    isSigned: (index) => {
      const [read, key] = [reads[index], keyOf(index)]
      return read !== undefined && key !== undefined && processCheckpoints.verify(read, key)
    },
  })
}
