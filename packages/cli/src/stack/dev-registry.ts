import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Registry, Tenant } from '@freshet/protocol'
import { PROBE_NAME } from '@freshet/protocol/slo'
import { namedPolicyFiles, parseRegistry } from '@freshet/registry'
import { parseDocument, type Document } from 'yaml'
import { CliError } from '../cli-error.ts'
import { newClientSecret } from './key-files.ts'
import { EXAMPLE_REGISTRY } from './paths.ts'
import { addProbes, PROBE_IDP_KEYS } from './probe-registry.ts'

/** Changes the copy of the registry before it is written. */
export type EditRegistry = (registry: Document) => void

/** Which registry a stack runs on. */
export interface RegistryChoice {
  /** Default: the example registry. */
  readonly registryFile?: string
  /** Default: as it is. */
  readonly editRegistry?: EditRegistry
  /** True if the copy has the parts that probes need. Default: false. */
  readonly probes?: boolean
  /** The secrets of upstream systems, by `SOURCE.TENANT`. */
  readonly upstreamSecrets?: Readonly<Record<string, string>>
}

/** The copy of a registry that a stack runs on, and its tenant. */
export interface DevRegistry {
  readonly file: string
  readonly tenant: string
  /** The identity provider whose users tokens are minted for. */
  readonly issuer: string
  /** The audience that the sidecars answer for unless the question names another. */
  readonly audience: string
  readonly sources: readonly string[]
  /** The sources whose upstream systems Freshet reads itself. */
  readonly connected: readonly string[]
  /** True if a client of the registry introspects the audience. Then the copy has {@link EDGE_CLIENT} with the same rights. */
  readonly hasEdgeClient: boolean
  /** The secrets by client of the registry. */
  readonly clientSecrets: Readonly<Record<string, string>>
}

const EXAMPLE_AUDIENCE = 'payments'

/** The client of both sidecars: it asks the authority, and signs their reports. */
export const EDGE_CLIENT = 'sidecars'

/**
 * Writes a copy of the registry into the folder that names this stack's own keys: those of every
 * source as `keys/SOURCE.jwks.json`, those of identity providers with a key file as
 * `keys/idp.jwks.json`, and
 * for every client a fresh secret in the place of whatever it authenticates with. The copy has one client more, for the
 * sidecars, with keys as `keys/sidecars.jwks.json`. Policies and the keys of foreign issuers are named where they stand.
 *
 * @throws `registry.invalid` where the file is none
 */
export async function completeRegistry(dir: string, choice: RegistryChoice): Promise<DevRegistry> {
  const { registryFile = EXAMPLE_REGISTRY, editRegistry } = choice
  const document = parseDocument(await readFile(registryFile, 'utf8'))
  if (choice.probes === true) addProbes(document, newClientSecret().secretHash)
  const registry = parseRegistry(document.toJS(), registryFile)
  const tenant = onlyTenant(registry, registryFile)
  nameKeys(document, registry, tenant)
  nameWhatStays(document, registry, dirname(registryFile))
  const clientSecrets = giveSecrets(document, registry)
  const audience = sidecarAudience(registry)
  const hasEdgeClient = addEdgeClient(document, registry, audience)
  editRegistry?.(document)
  const file = join(dir, 'registry.yaml')
  await writeFile(file, document.toString())
  const connected = connectedIn(parseRegistry(document.toJS(), file))
  return {
    file,
    tenant: tenant.id,
    issuer: tenant.identityProviders.find(({ published }) => published === undefined)?.issuer ?? '',
    audience,
    hasEdgeClient,
    sources: [...new Set([...registry.sources.keys(), ...connected])],
    connected,
    clientSecrets,
  }
}

function connectedIn({ sources }: Registry): readonly string[] {
  return [...sources.values()].filter(({ connections }) => connections).map(({ id }) => id)
}

/** The audience that the sidecars of a stack answer for. */
export function sidecarAudience({ audiences }: Registry): string {
  const [first = ''] = audiences.keys()
  return audiences.has(EXAMPLE_AUDIENCE) ? EXAMPLE_AUDIENCE : first
}

/** The sample sources and the identity provider of a stack belong to one tenant. */
function onlyTenant({ tenants }: Registry, file: string): Tenant {
  const real = [...tenants.values()].filter(({ id }) => id !== PROBE_NAME)
  const [tenant] = real
  if (tenant !== undefined && real.length === 1) return tenant
  throw new CliError('error', `dev runs the sources of one tenant; ${file} has ${real.length}.`, {
    next: 'keep one tenant in a copy of the file, and run dev with that',
  })
}

function nameKeys(document: Document, { sources }: Registry, tenant: Tenant): void {
  for (const id of sources.keys()) {
    document.setIn(['sources', id, 'keys'], `keys/${id}.jwks.json`)
  }
  for (const [n, { published }] of tenant.identityProviders.entries()) {
    if (published === undefined)
      document.setIn(['tenants', tenant.id, 'identityProviders', n, 'keys'], 'keys/idp.jwks.json')
  }
  if (document.hasIn(['tenants', PROBE_NAME]))
    document.setIn(['tenants', PROBE_NAME, 'identityProviders', 0, 'keys'], PROBE_IDP_KEYS)
}

/** They are read where they stand: only the registry is copied. */
function nameWhatStays(document: Document, registry: Registry, dir: string): void {
  for (const { path, place } of namedPolicyFiles(registry))
    document.setIn(stepsOf(place), resolve(dir, path))
  for (const { name, keys } of registry.issuers?.values() ?? [])
    if (keys !== undefined) document.setIn(['issuers', name, 'keys'], resolve(dir, keys))
}

function stepsOf(place: string): readonly (string | number)[] {
  const steps = place.split('/').slice(1)
  return steps.map((step) => {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
    return /^\d+$/.test(name) ? Number(name) : name
  })
}

/** Sidecars can ask about what a resource server of the registry can ask about. */
function addEdgeClient(document: Document, { clients }: Registry, audience: string): boolean {
  const server = [...clients.values()].find(({ introspects }) => introspects.includes(audience))
  if (server === undefined) return false
  const { tenant, introspects } = server
  const client = { tenant, keys: `keys/${EDGE_CLIENT}.jwks.json`, introspects }
  document.setIn(['clients', EDGE_CLIENT], document.createNode(client))
  return true
}

function giveSecrets(document: Document, { clients }: Registry): Record<string, string> {
  const secrets: Record<string, string> = {}
  for (const id of clients.keys()) {
    const { secret, secretHash } = newClientSecret()
    document.setIn(['clients', id, 'secretHash'], secretHash)
    document.deleteIn(['clients', id, 'keys'])
    secrets[id] = secret
  }
  return secrets
}
