import type { VerifyKey } from '../keys/keys.ts'

/** The most sources that are tried for one `kid`. A policy version with more of them is not published. */
export const SIGNERS_OF_KID_MAX = 4

/** A source, and one of its keys. */
export interface Signer {
  readonly source: string
  readonly key: VerifyKey
}

/** The keys that prove the sender of a record: the gateways' MAC keys, and the public keys of each source. */
export interface Authenticity {
  /** The current key and the earlier ones; each of them is accepted. */
  readonly macKeys: readonly Uint8Array[]
  /** Empty for a source that is not registered. */
  sourceKeys(source: string): readonly VerifyKey[]
  /**
   * Returns the keys of all sources that have this `kid`, at most {@link SIGNERS_OF_KID_MAX}. Absent: no JWS
   * that names its source in its payload is accepted.
   */
  signers?(kid: string): readonly Signer[]
}
