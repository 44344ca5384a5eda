import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyKind } from '../keys/key-words.ts'

/** The description of a running `dev` stack for automation; written when it is ready, removed at its end. */
export interface DevFile {
  readonly apiVersion: 'freshet.dev/v1'
  readonly tenant: string
  readonly kafka: { readonly brokers: readonly string[]; readonly kind: string }
  readonly postgres: { readonly url: string; readonly kind: string }
  readonly gateway: { readonly url: string }
  readonly reconciler: { readonly url: string }
  readonly authority: { readonly url: string; readonly issuer: string }
  /** `proxyUrl`: where a proxy asks before it passes a request on. */
  readonly sidecar: { readonly url: string; readonly proxyUrl: string }
  readonly 'sidecar:2': { readonly url: string; readonly proxyUrl: string }
  readonly console: { readonly url: string }
  /** The Keycloak of `--keycloak`, and its administrator. */
  readonly keycloak?: DevKeycloak
  readonly processes: Readonly<Record<string, number>>
  readonly registry: string
  /** Files of the keys that rotate, by what they are for. */
  readonly keys: Readonly<Record<KeyKind, string>>
  readonly sources: Readonly<Record<string, { readonly keyFile: string; readonly kid: string }>>
  readonly idp: { readonly issuer: string; readonly keyFile: string; readonly kid: string }
  readonly clients: Readonly<Record<string, { readonly id: string; readonly secret: string }>>
  readonly admin: { readonly token: string }
}

/** A Keycloak of the stack with one realm, which is a source. */
export interface DevKeycloak {
  readonly issuer: string
  /** The users of the realm in the admin console. */
  readonly console: string
  /** The administrator of every realm. */
  readonly admin: { readonly username: string; readonly password: string }
}

/** Every service of the stack, and where it answers. */
export function servicesOf(dev: DevFile): Readonly<Record<string, string>> {
  const names = ['gateway', 'reconciler', 'authority', 'sidecar', 'sidecar:2', 'console'] as const
  return Object.fromEntries(names.map((name) => [name, dev[name].url]))
}

/** The file that describes a stack started in `dir`. */
export function devFileIn(dir: string): string {
  return join(dir, '.freshet', 'dev.json')
}

/** Writes the file whole or not at all; it holds secrets, so only its owner may read it. */
export async function writeDevFile(file: string, content: DevFile): Promise<void> {
  const draft = `${file}.${process.pid}`
  await writeFile(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  await rename(draft, file)
}

/** The running stack's description, or `undefined` where none runs. */
export async function readDevFile(file: string): Promise<DevFile | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as DevFile)
}

/** Removes the file; does nothing where there is none. */
export function removeDevFile(file: string): Promise<void> {
  return rm(file, { force: true })
}
