import { FreshetError, keyStates, type TimedKey } from '@freshet/protocol'
import {
  parseJson,
  readMacKeySet,
  readSigningKeySet,
  readVerifyKeySet,
  type SignatureAlgorithm,
  type Timer,
  type TimedMacKey,
  type TimedSigningKey,
  type TimedVerifyKey,
} from '@freshet/wire'
import { watchFile, type WatchedFile } from '@freshet/wire/environment'
import type { Logger } from '../logger.ts'
import { requirePrivateFile } from './private-file.ts'

/** Options of watching the file of a key set. */
export interface WatchKeysOptions {
  readonly path: string
  /** The variable that holds the path. */
  readonly name: string
  readonly timer: Timer
  readonly logger: Logger
  /** Ends the watching. */
  readonly signal: AbortSignal
}

type Watched<K> = WatchedFile<readonly K[]>

/**
 * The private keys of a file, read again each second: keys are rotated without a restart.
 *
 * @throws `config.invalid` where the file at start holds no key set for this algorithm, or every
 *   user of the machine can open it
 */
export async function watchSigningKeys(
  alg: SignatureAlgorithm,
  options: WatchKeysOptions,
): Promise<Watched<TimedSigningKey>> {
  await requirePrivateFile(options)
  return watch((json) => readSigningKeySet(json, alg), options)
}

/** The keys of stamps of a file, read again each second. @throws `config.invalid` as above */
export async function watchMacKeys(options: WatchKeysOptions): Promise<Watched<TimedMacKey>> {
  await requirePrivateFile(options)
  return watch(readMacKeySet, options)
}

/** The public keys of a file, read again each second. @throws `config.invalid` as above */
export async function watchVerifyKeys(options: WatchKeysOptions): Promise<Watched<TimedVerifyKey>> {
  return watch(readVerifyKeySet, options)
}

function watch<K extends TimedKey>(
  importKeys: (json: unknown) => readonly K[],
  options: WatchKeysOptions,
): Watched<K> {
  const { name, logger } = options
  const watched = watchFile({
    ...options,
    parse: (bytes) => parseKeys(bytes, name, importKeys),
    onChange: (keys) => logKeys(keys, options),
    onTrouble: (err) =>
      logger.error(
        { file: name, err },
        'key set file is not usable, the previous keys stay in use',
      ),
  })
  logKeys(watched.current(), options)
  return watched
}

/** Logs the state of each key; without a next key nothing is signed once the signing one is denied. */
function logKeys(keys: readonly TimedKey[], { name, timer, logger }: WatchKeysOptions): void {
  const states = keyStates(keys, timer.nowMs())
  const fields = { file: name, keys: states.map(({ key, state }) => `${key.kid} ${state}`) }
  logger.info(fields, 'the key set was read')
  if (states.some(({ state }) => state === 'next')) return
  logger.warn(fields, 'no next key waits in the key set: `freshet keys rotate` makes one')
}

function parseKeys<K>(
  bytes: Uint8Array,
  name: string,
  importKeys: (json: unknown) => readonly K[],
): readonly K[] {
  const keys = importedFrom(jsonIn(bytes, name), name, importKeys)
  if (keys.length > 0) return keys
  throw new FreshetError('config.invalid', `${name} names a file without a key`)
}

function importedFrom<K>(
  json: unknown,
  name: string,
  importKeys: (json: unknown) => readonly K[],
): readonly K[] {
  try {
    return importKeys(json)
  } catch (cause) {
    const rule = cause instanceof Error ? cause.message : 'unknown'
    throw new FreshetError('config.invalid', `${name}: ${rule}`, { cause })
  }
}

function jsonIn(bytes: Uint8Array, name: string): unknown {
  try {
    return parseJson(bytes)
  } catch {
    // The cause would quote what may be a key.
    throw new FreshetError('config.invalid', `${name} names a file that holds no JSON`)
  }
}
