import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDocument, type Document } from 'yaml'
import type { KeyKind } from '../keys/key-words.ts'
import { createKeySet } from '../keys/rotate-keys.ts'
import { newClientSecret, writeKey, type KeyFile } from './key-files.ts'
import { EXAMPLE_REGISTRY } from './paths.ts'

/** Tenant and identity provider of the example registry. */
export const DEV_TENANT = 'acme'
export const DEV_IDP = 'https://idp.acme.example'
export const DEV_CLIENT = 'payments-web'
export const DEV_SOURCES = ['hr', 'iga', 'security'] as const

/** Everything on disk that one run of the stack needs: keys, secrets, registry, logs. */
export interface Workspace {
  readonly dir: string
  readonly logs: string
  readonly registry: string
  readonly sources: Readonly<Record<string, KeyFile>>
  readonly idp: KeyFile
  /** Files of the keys that rotate, by what they are for. */
  readonly keys: Readonly<Record<KeyKind, string>>
  /** Public halves of the checkpoint keys. */
  readonly checkpointJwksFile: string
  /** By client of the registry. */
  readonly clientSecrets: Readonly<Record<string, string>>
  /** Bearer token for the console. */
  readonly adminToken: string
}

/** Changes the copy of the example registry before it is written. */
export type EditRegistry = (registry: Document) => void

/** Makes fresh keys and a copy of the example registry that names them. */
export async function prepareWorkspace(dir: string, edit?: EditRegistry): Promise<Workspace> {
  const logs = join(dir, 'logs')
  const registryDir = join(dir, 'registry')
  const registryKeys = join(registryDir, 'keys')
  await Promise.all([logs, registryKeys].map((path) => mkdir(path, { recursive: true })))
  const entries = await Promise.all(
    DEV_SOURCES.map(async (name) => [name, await writeKey(registryKeys, name, 'ES256')] as const),
  )
  const registry = await writeRegistry(registryDir, edit)
  return {
    dir,
    logs,
    registry: registry.file,
    sources: Object.fromEntries(entries),
    idp: await writeKey(registryKeys, 'idp', 'ES256'),
    ...(await makeKeySets(join(dir, 'keys'))),
    clientSecrets: registry.clientSecrets,
    adminToken: randomBytes(24).toString('base64url'),
  }
}

/** Of each kind a key that signs and one that waits, as in production. */
async function makeKeySets(dir: string): Promise<Pick<Workspace, 'keys' | 'checkpointJwksFile'>> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const terms = {
    nowMs: Math.floor(Date.now() / 1_000) * 1_000,
    random: () => randomBytes(4).toString('hex'),
  }
  const make = (kind: KeyKind) => createKeySet(join(dir, `${kind}.keys.json`), kind, terms)
  const [tokens, checkpoints, stamps] = await Promise.all([
    make('tokens'),
    make('checkpoints'),
    make('stamps'),
  ])
  return {
    keys: { tokens: tokens.file, checkpoints: checkpoints.file, stamps: stamps.file },
    checkpointJwksFile: checkpoints.jwksFile,
  }
}

/** A copy of the example, with a fresh secret for each client that has one. */
async function writeRegistry(
  dir: string,
  edit?: EditRegistry,
): Promise<{ readonly file: string; readonly clientSecrets: Workspace['clientSecrets'] }> {
  const document = parseDocument(await readFile(EXAMPLE_REGISTRY, 'utf8'))
  const { clients } = document.toJS() as { readonly clients: Readonly<Record<string, object>> }
  const clientSecrets: Record<string, string> = {}
  for (const [id, client] of Object.entries(clients)) {
    if (!('secretHash' in client)) continue
    const { secret, secretHash } = newClientSecret()
    document.setIn(['clients', id, 'secretHash'], secretHash)
    clientSecrets[id] = secret
  }
  edit?.(document)
  const file = join(dir, 'registry.yaml')
  await writeFile(file, document.toString())
  return { file, clientSecrets }
}
