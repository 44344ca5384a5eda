import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateKey, generateMacKey } from '@freshet/wire'
import { CliError } from '../cli-error.ts'
import type { KeyAlgorithm } from './key-words.ts'

/** The allowed names of a key, which are file names, too. */
const KID = /^[\w][\w.:-]{0,127}$/

/** The files of the two halves of a key. */
export interface KeyPairFiles {
  readonly kid: string
  readonly alg: KeyAlgorithm
  readonly keyFile: string
  /** None for a key of stamps: it has no public half. */
  readonly jwksFile?: string
}

/** Makes a key and writes both halves. @throws `CliError` where a file is there already */
export async function writeKeyPair(
  dir: string,
  kid: string,
  alg: KeyAlgorithm,
): Promise<KeyPairFiles> {
  if (!KID.test(kid))
    throw new CliError('usage', 'The name of a key has letters, digits, and - _ . : in it.')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const keyFile = join(dir, `${kid}.private.json`)
  if (alg === 'HS256') {
    await writeNew(keyFile, await generateMacKey(kid), 0o600)
    return { kid, alg, keyFile }
  }
  const { privateJwk, publicJwk } = await generateKey(alg, kid)
  const jwksFile = join(dir, `${kid}.jwks.json`)
  await writeNew(keyFile, privateJwk, 0o600)
  await writeNew(jwksFile, { keys: [publicJwk] }, 0o644)
  return { kid, alg, keyFile, jwksFile }
}

async function writeNew(file: string, json: unknown, mode: number): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(json, null, 2)}\n`, { mode, flag: 'wx' })
  } catch (cause) {
    if (Object(cause)['code'] !== 'EEXIST') throw cause
    throw new CliError('error', `${file} exists already.`, {
      why: 'a key that is overwritten is lost',
      next: 'freshet keys gen with another --name or --out',
      cause,
    })
  }
}
