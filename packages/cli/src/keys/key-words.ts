/** The use of a set's keys. */
export type KeyKind = 'tokens' | 'checkpoints' | 'stamps' | 'audit' | 'vouchers'

/** Every kind. */
export const KEY_KINDS: readonly KeyKind[] = [
  'tokens',
  'checkpoints',
  'stamps',
  'audit',
  'vouchers',
]

/** An algorithm that keys are made for. */
export type KeyAlgorithm = 'ES256' | 'EdDSA' | 'RS256' | 'HS256'

/** All of them; HS256 is for stamps. */
export const KEY_ALGORITHMS: readonly KeyAlgorithm[] = ['ES256', 'EdDSA', 'RS256', 'HS256']
