import { open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import {
  keySetJson,
  publicJwks,
  readKeySet,
  readVerifyKeySet,
  type KeySetMember,
} from '@freshet/wire'
import { CliError } from '../cli-error.ts'

/** Reads a file of private keys. @throws `CliError` where there is none, or it holds another thing */
export async function readKeySetFile(file: string): Promise<readonly KeySetMember[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CliError('notFound', `${file} cannot be read.`, {
      next: 'freshet keys gen --name NAME, which makes the first key',
      cause,
    })
  })
  const members = membersOf(text, file)
  if (members.length > 0 && members.every(({ jwk }) => isPrivate(jwk))) return members
  throw new CliError('error', `${file} does not hold private keys alone.`)
}

/**
 * Changes a key set under a lock, completely or not at all, and readable by its owner alone. The public
 * halves go first, so that no key signs that was not published.
 *
 * @throws `CliError` where somebody else is changing it
 */
export async function changeKeySetFile(
  file: string,
  change: () => Promise<readonly KeySetMember[]>,
  jwksFile: string | undefined,
): Promise<void> {
  const draft = `${file}.new`
  const handle = await open(draft, 'wx', 0o600).catch((cause: unknown) => {
    throw new CliError('error', `${draft} cannot be made.`, {
      why: 'another rotation is writing it, or one was interrupted',
      next: `check that no rotation runs, remove ${draft}, and try again`,
      cause,
    })
  })
  try {
    const members = await change()
    await handle.writeFile(textOf(keySetJson(members)))
    await handle.sync()
    if (jwksFile !== undefined) await replace(jwksFile, textOf(publicHalves(members)))
    await rename(draft, file)
  } finally {
    await handle.close()
    await rm(draft, { force: true })
  }
}

/** The file of the public halves, beside the file of private keys. */
export function jwksFileOf(file: string): string {
  return `${file.replace(/(?:\.private|\.keys)?\.json$/, '')}.jwks.json`
}

function publicHalves(members: readonly KeySetMember[]): object {
  const { keys } = publicJwks(readVerifyKeySet(keySetJson(members)))
  return keySetJson(
    members.flatMap(({ times }, at) => {
      const jwk = keys[at]
      return jwk === undefined ? [] : { jwk, times }
    }),
  )
}

async function replace(file: string, text: string): Promise<void> {
  const draft = `${file}.new`
  try {
    await writeFile(draft, text, { mode: 0o644 })
    await rename(draft, file)
  } finally {
    await rm(draft, { force: true })
  }
}

function membersOf(text: string, file: string): readonly KeySetMember[] {
  try {
    return readKeySet(JSON.parse(text))
  } catch {
    // The cause could quote a key.
    throw new CliError('error', `${file} is not a key set.`)
  }
}

function isPrivate(jwk: KeySetMember['jwk']): boolean {
  return jwk['d'] !== undefined || (jwk['kty'] === 'oct' && jwk['k'] !== undefined)
}

function textOf(json: object): string {
  return `${JSON.stringify(json, null, 2)}\n`
}
