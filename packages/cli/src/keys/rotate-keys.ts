import { keyStates, planRotation, type KeyState, type TimedKey } from '@freshet/protocol'
import {
  type KeySetMember,
  generateKey,
  generateMacKey,
  type MacJwk,
  type NamedJwk,
} from '@freshet/wire'
import { CliError } from '../cli-error.ts'
import { type KeyKind, KEY_KINDS } from './key-words.ts'
import { changeKeySetFile, jwksFileOf, readKeySetFile } from './key-set-file.ts'

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
const KEEP_MS: Readonly<Record<KeyKind, number>> = {
  tokens: 25 * HOUR_MS,
  checkpoints: 49 * HOUR_MS,
  stamps: 8 * 24 * HOUR_MS,
  audit: 366 * 24 * HOUR_MS,
  vouchers: HOUR_MS,
}

/** The use of a set's keys, by their one algorithm and their names. @throws `CliError` */
function kindOf(members: readonly KeySetMember[], file: string): KeyKind {
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
function makeKey(kind: KeyKind, kid: string): Promise<NamedJwk | MacJwk> {
  const alg = ALGORITHMS[kind]
  if (alg === 'HS256') return generateMacKey(kid)
  return generateKey(alg, kid).then(({ privateJwk }) => privateJwk)
}

/** The terms of a rotation. */
export interface RotateOptions {
  readonly file: string
  /** Whole seconds. */
  readonly nowMs: number
  readonly leadMs: number
  /** Default: by kind, `KEEP_MS`. */
  readonly keepMs: number | undefined
  /** Names of keys to revoke; `all` for every one. */
  readonly revoke: readonly string[]
  /** Letters and digits that no other call returned. */
  readonly random: () => string
}

/** A key after a rotation. */
export interface RotatedKey {
  readonly kid: string
  readonly state: KeyState
  readonly times: TimedKey
}

/** The result of a rotation. */
export interface Rotation {
  readonly kind: KeyKind
  readonly file: string
  /** The file of public halves that was written too. */
  readonly jwksFile?: string
  readonly keys: readonly RotatedKey[]
  readonly made: readonly string[]
  readonly dropped: readonly string[]
  readonly revoked: readonly string[]
}

/** Rotates the keys of a file. @throws `CliError`; nothing was changed then */
export async function rotateKeys(options: RotateOptions): Promise<Rotation> {
  const { file } = options
  const kind = kindOf(await readKeySetFile(file), file)
  const jwksFile = hasPublicFile(kind) ? jwksFileOf(file) : undefined
  let done: Omit<Rotation, 'kind' | 'file'> | undefined
  const change = async (): Promise<readonly KeySetMember[]> => {
    const members = await readKeySetFile(file)
    const revoke = revokedOf(members, options.revoke)
    const plan = planned(members, kind, { ...options, revoke })
    const { keys, made, dropped } = plan
    const states = keyStates(keys, options.nowMs)
    const rotated = states.map(({ key, state }) => ({ kid: key.kid, state, times: key }))
    done = { keys: rotated, made, dropped, revoked: [...revoke] }
    return Promise.all(keys.map((times) => memberFor(times, members, kind)))
  }
  await changeKeySetFile(file, change, jwksFile)
  if (done === undefined) throw new CliError('error', `${file} was not changed.`)
  return { kind, file, ...(jwksFile !== undefined && { jwksFile }), ...done }
}

/** Makes the first keys of a kind: one that signs, and one that waits. Returns the files. */
export async function createKeySet(
  file: string,
  kind: KeyKind,
  terms: Pick<RotateOptions, 'nowMs' | 'random'>,
): Promise<{ readonly file: string; readonly jwksFile: string }> {
  const jwksFile = jwksFileOf(file)
  const plan = planned([], kind, { ...terms, leadMs: 0, keepMs: undefined, revoke: new Set() })
  const change = (): Promise<readonly KeySetMember[]> =>
    Promise.all(plan.keys.map((times) => memberFor(times, [], kind)))
  await changeKeySetFile(file, change, hasPublicFile(kind) ? jwksFile : undefined)
  return { file, jwksFile }
}

/**
 * Returns whether other processes verify with a file of public keys; the authority serves those of tokens
 * itself.
 */
function hasPublicFile(kind: KeyKind): boolean {
  return kind === 'checkpoints' || kind === 'audit' || kind === 'vouchers'
}

type Terms = Pick<RotateOptions, 'nowMs' | 'leadMs' | 'keepMs' | 'random'> & {
  readonly revoke: ReadonlySet<string>
}

function planned(members: readonly KeySetMember[], kind: KeyKind, terms: Terms) {
  const fresh = [`${kind}-${terms.random()}`, `${kind}-${terms.random()}`] as const
  const keepMs = terms.keepMs ?? KEEP_MS[kind]
  const times = members.map((member) => member.times)
  const plan = planRotation(times, { ...terms, keepMs, fresh })
  if (plan.kind === 'rotate') return plan
  const from = new Date(plan.signsFromMs).toISOString()
  throw new CliError('error', 'A rotation is under way already.', {
    why: `key ${plan.kid} signs from ${from}: before that, not every process knows it`,
    next: 'wait until then; or, where a key is compromised, freshet keys rotate … --revoke KID',
  })
}

async function memberFor(
  times: TimedKey,
  members: readonly KeySetMember[],
  kind: KeyKind,
): Promise<KeySetMember> {
  const known = members.find((member) => member.times.kid === times.kid)
  return { jwk: known?.jwk ?? (await makeKey(kind, times.kid)), times }
}

function revokedOf(
  members: readonly KeySetMember[],
  names: readonly string[],
): ReadonlySet<string> {
  const known = members.map(({ times }) => times.kid)
  if (names.includes('all')) return new Set(known)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return new Set(names)
  throw new CliError('notFound', `The set has no key ${unknown}.`, {
    why: `it has ${known.join(', ')}`,
  })
}
