import {
  generateKey,
  generateMacKey,
  type KeySetMember,
  type MacJwk,
  type NamedJwk,
} from '@freshet/wire'
import { CliError } from '../cli-error.ts'
import { KEY_KINDS, type KeyKind } from './key-words.ts'

const HOUR_MS = 3_600_000
const ALGORITHMS = {
  tokens: 'ES256',
  checkpoints: 'EdDSA',
  stamps: 'HS256',
  audit: 'EdDSA',
  vouchers: 'EdDSA',
} as const
/** The names of keys whose algorithm alone would make them keys of checkpoints. */
const NAMES: Readonly<Partial<Record<KeyKind, RegExp>>> = { audit: /^audit/, vouchers: /^vouchers/ }

/**
 * The time that a superseded key stays published. It is longer than the life of any token (24 h at most),
 * twice the age of any base (24 h and 10 min at most), the retention of stamped records in the change topic
 * (7 d), the retention of heads in the audit topic (1 y), and the life of a voucher (1 min at most).
 */
export const KEEP_MS: Readonly<Record<KeyKind, number>> = {
  tokens: 25 * HOUR_MS,
  checkpoints: 49 * HOUR_MS,
  stamps: 8 * 24 * HOUR_MS,
  audit: 366 * 24 * HOUR_MS,
  vouchers: HOUR_MS,
}

/** The use of a set's keys, by their one algorithm and their names. @throws `CliError` */
export function kindOf(members: readonly KeySetMember[], file: string): KeyKind {
  const [alg, ...others] = new Set(members.map(({ jwk }) => jwk['alg']))
  const fitting = KEY_KINDS.filter((each) => ALGORITHMS[each] === alg)
  const isNamed = (each: KeyKind): boolean =>
    members.every(({ times }) => NAMES[each]?.test(times.kid) ?? false)
  const kind = fitting.find(isNamed) ?? fitting.find((each) => NAMES[each] === undefined)
  if (kind !== undefined && others.length === 0) return kind
  throw new CliError('error', `${file} is not a set of keys that rotate.`, {
    why: 'its keys are not all ES256 (tokens), EdDSA (checkpoints; audit or vouchers, if named so) or HS256 (stamps)',
  })
}

/** Makes a key of a kind. */
export function makeKey(kind: KeyKind, kid: string): Promise<NamedJwk | MacJwk> {
  const alg = ALGORITHMS[kind]
  if (alg === 'HS256') return generateMacKey(kid)
  return generateKey(alg, kid).then(({ privateJwk }) => privateJwk)
}
