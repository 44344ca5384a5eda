import { PROBE_NAME } from '@freshet/protocol/slo'
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyKind } from '../keys/key-words.ts'
import { createKeySet } from '../keys/rotate-keys.ts'
import { newSecret, writeKey, writeSecret, writeProbeKeys, type KeyFile } from './key-files.ts'
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
export interface Workspace extends Pick<
  DevRegistry,
  'tenant' | 'issuer' | 'audience' | 'connected'
> {
  readonly dir: string
  readonly logs: string
  /** File of the registry that the services load. */
  readonly registry: string
  readonly sources: Readonly<Record<string, KeyFile>>
  /** The folder of the private keys of sources. */
  readonly sourceKeys: string
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
  const { file, tenant, issuer, audience, hasEdgeClient, clientSecrets } = registry
  const { [PROBE_NAME]: probeSecret } = clientSecrets
  const own = registry.sources.filter((id) => id !== PROBE_NAME || probeSecret === undefined)
  const entries = await Promise.all(
    own.map(async (id) => [id, await writeKey(registryKeys, id, 'ES256')] as const),
  )
  for (const [name, secret] of Object.entries(choice.upstreamSecrets ?? {}))
    await writeSecret(join(registryKeys, `${name}.secret`), `${secret}\n`)
  return {
    dir,
    logs,
    registry: file,
    tenant,
    issuer,
    audience,
    connected: registry.connected,
    sourceKeys: registryKeys,
    sources: Object.fromEntries(entries),
    idp: await writeKey(registryKeys, 'idp', 'ES256'),
    ...(hasEdgeClient && { edgeClientKey: await writeKey(registryKeys, EDGE_CLIENT, 'ES256') }),
    ...(await makeKeySets(join(dir, 'keys'))),
    clientSecrets,
    adminToken: newSecret(),
    ...(probeSecret !== undefined && {
      probeKeysFile: await writeProbeKeys(registryKeys, probeSecret),
    }),
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
