import type { VerifyKey } from '../keys/keys.ts'

/** The keys that prove the sender of a record: the gateways' MAC keys, and the public keys of each source. */
export interface Authenticity {
  /** The current key and the earlier ones; each of them is accepted. */
  readonly macKeys: readonly Uint8Array[]
  /** Empty for a source that is not registered. */
  sourceKeys(source: string): readonly VerifyKey[]
}
