import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CliError } from '../cli-error.ts'
import type { Shell } from '../shell.ts'

const API_VERSION = 'freshet.dev/v1'
/** Bits of a mode that give others than the owner a right. */
const OTHERS = 0o077
const PERMISSIONS = 0o777

/** The addresses of an installation, and the files of its credentials. No member is a secret. */
export interface NamedContext {
  /** The console. */
  readonly url: string
  readonly gateway?: string
  readonly issuer?: string
  readonly sidecar?: string
  /** The file with the token of an admin. */
  readonly tokenFile?: string
}

/** Every context, and the name of the current one. */
export interface KnownContexts {
  readonly current: string | null
  readonly contexts: Readonly<Record<string, NamedContext>>
}

const NONE: KnownContexts = { current: null, contexts: {} }

/** The path of the file, by XDG_CONFIG_HOME or HOME; undefined if neither is set. */
export function contextPath({ XDG_CONFIG_HOME, HOME }: Shell['env']): string | undefined {
  const base = XDG_CONFIG_HOME || (HOME ? join(HOME, '.config') : '')
  return base === '' ? undefined : join(base, 'freshet', 'contexts.json')
}

/**
 * Reads the file; no file has no contexts.
 *
 * @throws `CliError` if others can read or change it, because it decides where a token goes
 */
export async function readContexts(path: string | undefined): Promise<KnownContexts> {
  if (path === undefined) return NONE
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return NONE
  if ((found.mode & OTHERS) !== 0) {
    throw new CliError('usage', `${path} is not private.`, {
      why: `its mode is ${(found.mode & PERMISSIONS).toString(8)}, so other users can use it`,
      next: `chmod 600 ${path}`,
    })
  }
  const { current, contexts } = JSON.parse(await readFile(path, 'utf8')) as Partial<KnownContexts>
  return { current: current ?? null, contexts: contexts ?? {} }
}

/** Writes the file whole or not at all, with mode 0600. */
export async function writeContexts(path: string, known: KnownContexts): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}`
  const text = JSON.stringify({ apiVersion: API_VERSION, ...known }, null, 2)
  await writeFile(draft, `${text}\n`, { mode: 0o600 })
  await rename(draft, path)
}
