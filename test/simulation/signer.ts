import type { Checkpoint, SignatureVerdict } from '@freshet/protocol'
import type { Entry } from './record.ts'

/** A batch as it was signed, whether or not it ever landed. */
export interface SignedBatch {
  readonly hash: string
  readonly kid: number
  readonly checkpoint: Checkpoint
  readonly entries: readonly Entry[]
  readonly atMs: number
}

/**
 * The honest model of signatures: a signed batch can be replayed for ever, and nothing else passes. It keeps
 * every batch, so it is the adversary's archive, too.
 */
export class Signer {
  readonly batches: Map<string, SignedBatch> = new Map()
  readonly order: SignedBatch[] = []
  /** The key that signs now; lower ones are retired. */
  kid = 1
  /** Keys below this one are revoked. */
  revokedBelow = 0

  sign(checkpoint: Checkpoint, rows: readonly Entry[], kid: number, atMs: number): SignedBatch {
    const hash = `c${this.order.length + 1}`
    const entry: Entry = { kind: 'checkpoint', hash, checkpoint }
    const batch = { hash, kid, checkpoint, entries: [...rows, entry], atMs }
    this.batches.set(hash, batch)
    this.order.push(batch)
    return batch
  }

  /** Returns the verdict of a reader that fetched the key set when `known` was the newest key. */
  verify(
    entry: Entry,
    known: { readonly newest: number; readonly revokedBelow: number },
  ): SignatureVerdict {
    if (entry.kind !== 'checkpoint') return 'invalid'
    const batch = this.batches.get(entry.hash)
    if (batch === undefined || batch.checkpoint !== entry.checkpoint) return 'invalid'
    if (batch.kid < known.revokedBelow) return 'invalid'
    return batch.kid > known.newest ? 'unknown-key' : 'valid'
  }
}
