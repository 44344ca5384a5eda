import { keyStates, planRotation, type KeyState, type TimedKey } from '@freshet/protocol'
import type { KeySetMember } from '@freshet/wire'
import { CliError } from '../cli-error.ts'
import { KEEP_MS, kindOf, makeKey } from './key-kind.ts'
import type { KeyKind } from './key-words.ts'
import { changeKeySetFile, jwksFileOf, readKeySetFile } from './key-set-file.ts'

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
