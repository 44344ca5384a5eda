import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { keyStates, type KeyState, type TimedKey } from '@freshet/protocol'
import { readKeySet, type KeySetMember } from '@freshet/wire'
import { CliError } from '../cli-error.ts'

const OTHERS_MAY_READ = 0o077

/** A key in a file. */
export interface ListedKey {
  readonly kid: string
  readonly alg: string
  readonly half: 'private' | 'public'
  readonly file: string
  /** The state of a private key; a public one has none. */
  readonly state?: KeyState
  readonly times: TimedKey
  /** A private key that others than its owner may read. */
  readonly exposed: boolean
}

/** The keys in a file, or in a folder's `.json` files; files that hold none are passed over. */
export async function listKeys(path: string, nowMs: number): Promise<readonly ListedKey[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new CliError('notFound', `${path} cannot be read.`, { cause })
  })
  if (!found.isDirectory()) return keysIn(path, basename(path), nowMs)
  const files = (await readdir(path)).filter((name) => name.endsWith('.json')).toSorted()
  const lists = await Promise.all(files.map((name) => keysIn(join(path, name), name, nowMs)))
  return lists.flat()
}

async function keysIn(path: string, file: string, nowMs: number): Promise<readonly ListedKey[]> {
  const members = await readFile(path, 'utf8').then(membersOf)
  const { mode } = await stat(path)
  const times = members.map((member) => member.times)
  const states = new Map(keyStates(times, nowMs).map(({ key, state }) => [key.kid, state]))
  return members.map(({ jwk, times: own }) => {
    const { kid } = own
    const alg = typeof jwk['alg'] === 'string' ? jwk['alg'] : '-'
    const isPrivate = jwk['d'] !== undefined || jwk['kty'] === 'oct'
    const listed = { kid, alg, file, times: own }
    if (!isPrivate) return { ...listed, half: 'public', exposed: false }
    const state = states.get(kid)
    const exposed = (mode & OTHERS_MAY_READ) !== 0
    return { ...listed, half: 'private', exposed, ...(state !== undefined && { state }) }
  })
}

function membersOf(text: string): readonly KeySetMember[] {
  try {
    return readKeySet(JSON.parse(text)).filter(({ jwk }) => typeof jwk['kty'] === 'string')
  } catch {
    return []
  }
}
