import { FreshetError, signingKey, type Clock } from '@freshet/protocol'
import {
  orderDigest,
  signVoucher,
  type Person,
  type SentOrder,
  type TimedSigningKey,
} from '@freshet/wire'
import { watchSigningKeys, type AdminRole, type WatchKeysOptions } from '@freshet/runtime'
import type { ConsoleConfig } from '../config.ts'

/** The parts by which this console vouches at a gateway. */
export interface VouchParts {
  /** The name of this console at the gateway. */
  readonly console: string
  /** The gateway’s own URL. */
  readonly audience: string
  readonly keys: () => readonly TimedSigningKey[]
  readonly clock: Clock
  readonly randomId: () => string
}

/** A person that the identity provider logged in, and the role that the order needs, which the person has. */
export interface Asking {
  readonly person: Person
  readonly role: AdminRole
}

/** Vouches for the person who gives an order. @throws `keys.unusable` if no key can sign */
export type Vouch = (asking: Asking, order: SentOrder) => string

/** Vouches by these keys. */
export function vouchBy({ keys, clock, randomId, ...to }: VouchParts): Vouch {
  return ({ person, role }, order) => {
    const nowMs = clock.nowMs()
    const key = signingKey(keys(), nowMs)
    if (key === undefined)
      throw new FreshetError('keys.unusable', 'No key is allowed to sign vouchers.')
    const vouched = { person, role, order: orderDigest(order) }
    return signVoucher(vouched, key, { ...to, nowMs, jti: randomId() })
  }
}

/** The keys of the file that the configuration names. @throws `config.invalid` where it holds none */
export async function watchVoucherKeys(
  { voucherKeysFile: path }: Pick<ConsoleConfig, 'voucherKeysFile'>,
  watch: Omit<WatchKeysOptions, 'path' | 'name'>,
): Promise<VouchParts['keys'] | undefined> {
  if (path === undefined) return undefined
  const file = await watchSigningKeys('EdDSA', {
    ...watch,
    path,
    name: 'FRESHET_VOUCHER_KEYS_FILE',
  })
  return file.current
}
