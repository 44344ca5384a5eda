import type { SignatureVerdict } from './checkpoint.ts'

/** The reference of a checkpoint to the one before it. */
export interface Link {
  /** The identity of the checkpoint, over its signed bytes. */
  readonly hash: string
  readonly previous: string | null
}

/** Verifies the signatures of checkpoints. */
export interface Signatures {
  /** Returns whether the reader accepts the key that the checkpoint names. */
  isKnown(index: number): boolean
  /** Returns whether that key signed the checkpoint. This is the expensive part. */
  isSigned(index: number): boolean
}

/**
 * Judges checkpoints in the order in which they were read, with one signature for each path of them.
 *
 * A checkpoint is authentic if its key signed it, or if an authentic one that was read after it names its hash:
 * that one is signed over the hash, and the hash covers every byte. Only the last of a path costs a signature.
 */
export function verdictsOf(
  links: readonly Link[],
  signatures: Signatures,
): readonly SignatureVerdict[] {
  const named = new Set<string>()
  return links
    .map((link, index) => ({ link, index }))
    .toReversed()
    .map(({ link: { hash, previous }, index }): SignatureVerdict => {
      if (!signatures.isKnown(index)) return 'unknown-key'
      if (!named.has(hash) && !signatures.isSigned(index)) return 'invalid'
      if (previous !== null) named.add(previous)
      return 'valid'
    })
    .toReversed()
}
