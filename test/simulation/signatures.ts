import { verdictsOf, type SignatureVerdict } from '@freshet/protocol'
import { elementAt } from './element.ts'
import type { Entry } from './record.ts'
import type { World } from './world.ts'

type CheckpointEntry = Extract<Entry, { kind: 'checkpoint' }>

/** The keys that an edge holds: it accepts those from `revokedBelow` to `newest`. */
export interface HeldKeys {
  readonly newest: number
  readonly revokedBelow: number
}

/**
 * Returns the verdicts of an edge on checkpoints that it read at once. A forgery names a key that the edge
 * holds.
 */
export function signaturesOf(
  world: World,
  keys: HeldKeys,
  read: readonly CheckpointEntry[],
): readonly SignatureVerdict[] {
  const { signer, rules } = world
  const isHeld = ({ hash }: CheckpointEntry): boolean => {
    const kid = signer.batches.get(hash)?.kid ?? keys.newest
    return kid >= keys.revokedBelow && kid <= keys.newest
  }
  const isNamed = (entry: CheckpointEntry): boolean =>
    rules.shell.hashPath === 'head-unsigned' &&
    read.some(({ checkpoint }) => checkpoint.previous === entry.hash)
  return verdictsOf(
    read.map(({ hash, checkpoint: { previous } }) => ({ hash, previous })),
    {
      isKnown: (index) => isHeld(elementAt(read, index)),
      isSigned: (index) => {
        const entry = elementAt(read, index)
        return signer.verify(entry, keys) === 'valid' || isNamed(entry)
      },
    },
  )
}
