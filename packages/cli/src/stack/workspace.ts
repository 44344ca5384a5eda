import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDocument, type Document } from 'yaml'
import { newClientSecret, writeKey, writeSecretKey, type KeyFile } from './key-files.ts'
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
  readonly tokenKey: KeyFile
  readonly checkpointKey: KeyFile
  readonly stampKeyFile: string
  readonly clientSecret: string
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
  const secrets = join(dir, 'keys')
  const entries = await Promise.all(
    DEV_SOURCES.map(async (name) => [name, await writeKey(registryKeys, name, 'ES256')] as const),
  )
  const { secret, secretHash } = newClientSecret()
  return {
    dir,
    logs,
    registry: await writeRegistry(registryDir, secretHash, edit),
    sources: Object.fromEntries(entries),
    idp: await writeKey(registryKeys, 'idp', 'ES256'),
    tokenKey: await writeKey(secrets, 'token', 'ES256'),
    checkpointKey: await writeKey(secrets, 'checkpoint', 'EdDSA'),
    stampKeyFile: await writeSecretKey(join(secrets, 'stamp.private.json')),
    clientSecret: secret,
    adminToken: randomBytes(24).toString('base64url'),
  }
}

async function writeRegistry(
  dir: string,
  secretHash: string,
  edit?: EditRegistry,
): Promise<string> {
  const document = parseDocument(await readFile(EXAMPLE_REGISTRY, 'utf8'))
  document.setIn(['clients', DEV_CLIENT, 'secretHash'], secretHash)
  edit?.(document)
  const file = join(dir, 'registry.yaml')
  await writeFile(file, document.toString())
  return file
}
