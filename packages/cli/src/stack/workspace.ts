import { PROBE_NAME } from '@freshet/protocol/slo'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyKind } from '../keys/key-words.ts'
import { createKeySet } from '../keys/rotate-keys.ts'
import { newSecret, writeKey, type KeyFile } from './key-files.ts'
import { PROBE_IDP } from './probe-registry.ts'
import {
  completeRegistry,
  EDGE_CLIENT,
  type DevRegistry,
  type RegistryChoice,
} from './dev-registry.ts'

/** Tenant, identity provider and client of the example registry. */
export const DEV_TENANT = 'acme'
export const DEV_IDP = 'https://idp.acme.example'
export const DEV_CLIENT = 'payments-web'

/** Everything on disk that one run of the stack needs: keys, secrets, registry, logs. */
export interface Workspace extends Pick<DevRegistry, 'tenant' | 'issuer' | 'audience'> {
  readonly dir: string
  readonly logs: string
  /** File of the registry that the services load. */
  readonly registry: string
  readonly sources: Readonly<Record<string, KeyFile>>
  readonly idp: KeyFile
  /** The key of the client of the sidecars; absent: no client may ask about their audience. */
  readonly edgeClientKey?: KeyFile
  /** Files of the keys that rotate, by what they are for. */
  readonly keys: Readonly<Record<KeyKind, string>>
  /** Public halves of the checkpoint keys. */
  readonly checkpointJwksFile: string
  /** Public halves of the keys of the console’s vouchers. */
  readonly voucherJwksFile: string
  /** The secrets by client of the registry. */
  readonly clientSecrets: Readonly<Record<string, string>>
  /** Bearer token for the console. */
  readonly adminToken: string
  /** File of what probes sign with; absent: the stack is not probed. */
  readonly probeKeysFile?: string
}

/** Makes fresh keys and a copy of the registry that names them. */
export async function prepareWorkspace(
  dir: string,
  choice: RegistryChoice = {},
): Promise<Workspace> {
  const logs = join(dir, 'logs')
  const registryDir = join(dir, 'registry')
  const registryKeys = join(registryDir, 'keys')
  await Promise.all([logs, registryKeys].map((path) => mkdir(path, { recursive: true })))
  const registry = await completeRegistry(registryDir, choice)
  const entries = await Promise.all(
    registry.sources.map(async (id) => [id, await writeKey(registryKeys, id, 'ES256')] as const),
  )
  const sources = Object.fromEntries(entries)
  const { file, tenant, issuer, audience, hasEdgeClient, clientSecrets } = registry
  return {
    dir,
    logs,
    registry: file,
    tenant,
    issuer,
    audience,
    sources,
    idp: await writeKey(registryKeys, 'idp', 'ES256'),
    ...(hasEdgeClient && { edgeClientKey: await writeKey(registryKeys, EDGE_CLIENT, 'ES256') }),
    ...(await makeKeySets(join(dir, 'keys'))),
    clientSecrets,
    adminToken: newSecret(),
    ...(await writeProbeKeys(registryKeys, { sources, clientSecrets })),
  }
}

/** Makes for each kind a key that signs and one that waits, as in production. */
async function makeKeySets(
  dir: string,
): Promise<Pick<Workspace, 'keys' | 'checkpointJwksFile' | 'voucherJwksFile'>> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const terms = {
    nowMs: Math.floor(Date.now() / 1_000) * 1_000,
    random: () => randomBytes(4).toString('hex'),
  }
  const make = (kind: KeyKind) => createKeySet(join(dir, `${kind}.keys.json`), kind, terms)
  const [tokens, checkpoints, stamps, audit, vouchers] = await Promise.all([
    make('tokens'),
    make('checkpoints'),
    make('stamps'),
    make('audit'),
    make('vouchers'),
  ])
  return {
    keys: {
      tokens: tokens.file,
      checkpoints: checkpoints.file,
      stamps: stamps.file,
      audit: audit.file,
      vouchers: vouchers.file,
    },
    checkpointJwksFile: checkpoints.jwksFile,
    voucherJwksFile: vouchers.jwksFile,
  }
}

/** The file that the console reads as `FRESHET_PROBE_KEYS_FILE`, where the registry has probes. */
async function writeProbeKeys(
  dir: string,
  { sources, clientSecrets }: Pick<Workspace, 'sources' | 'clientSecrets'>,
): Promise<Pick<Workspace, 'probeKeysFile'>> {
  const [own, clientSecret] = [sources[PROBE_NAME], clientSecrets[PROBE_NAME]]
  if (own === undefined || clientSecret === undefined) return {}
  const signs = await writeKey(dir, PROBE_IDP, 'ES256')
  const [source, idp] = await Promise.all(
    [own, signs].map(async ({ keyFile }): Promise<unknown> =>
      JSON.parse(await readFile(keyFile, 'utf8')),
    ),
  )
  const probeKeysFile = join(dir, 'probes.private.json')
  await writeFile(probeKeysFile, JSON.stringify({ source, idp, clientSecret }), { mode: 0o600 })
  return { probeKeysFile }
}
