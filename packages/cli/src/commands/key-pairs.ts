import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateKey, type SignatureAlgorithm } from '@freshet/events'
import { CliError } from '../cli-error.ts'

/** What a key may be called: the name of a file, too. */
const KID = /^[\w][\w.:-]{0,127}$/
const OTHERS_MAY_READ = 0o077

/** Where the two halves of a key were written. */
export interface KeyPairFiles {
  readonly kid: string
  readonly alg: SignatureAlgorithm
  readonly keyFile: string
  readonly jwksFile: string
}

/** A key in a folder. */
export interface ListedKey {
  readonly kid: string
  readonly alg: string
  readonly half: 'private' | 'public'
  readonly file: string
  /** A private key that others than its owner may read. */
  readonly exposed: boolean
}

/** Makes a key and writes both halves. @throws `CliError` where a file is there already */
export async function writeKeyPair(
  dir: string,
  kid: string,
  alg: SignatureAlgorithm,
): Promise<KeyPairFiles> {
  if (!KID.test(kid))
    throw new CliError('usage', 'The name of a key has letters, digits, and - _ . : in it.')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const { privateJwk, publicJwk } = await generateKey(alg, kid)
  const keyFile = join(dir, `${kid}.private.json`)
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

/** The keys in the folder's `.json` files; files that hold none are passed over. */
export async function listKeys(dir: string): Promise<readonly ListedKey[]> {
  const names = await readdir(dir).catch((cause: unknown) => {
    throw new CliError('notFound', `${dir} cannot be read.`, { cause })
  })
  const files = names.filter((name) => name.endsWith('.json')).toSorted()
  const lists = await Promise.all(files.map((name) => keysIn(join(dir, name), name)))
  return lists.flat()
}

async function keysIn(path: string, file: string): Promise<readonly ListedKey[]> {
  const json = await readFile(path, 'utf8').then(parsed, () => undefined)
  const { mode } = await stat(path)
  const set: unknown = Object(json)['keys']
  return (Array.isArray(set) ? set : [json]).flatMap((jwk: unknown): ListedKey[] => {
    const { kty, kid, alg, d } = Object(jwk) as Record<string, unknown>
    if (typeof kty !== 'string' || typeof kid !== 'string') return []
    const half = d === undefined ? 'public' : 'private'
    const exposed = half === 'private' && (mode & OTHERS_MAY_READ) !== 0
    return [{ kid, alg: typeof alg === 'string' ? alg : '-', half, file, exposed }]
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
