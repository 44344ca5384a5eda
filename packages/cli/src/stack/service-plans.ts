import { PROBE_NAME } from '@freshet/protocol/slo'
import { join } from 'node:path'
import { adminTokenHash } from '@freshet/runtime'
import { EDGE_CLIENT } from './dev-registry.ts'
import type { ProcessPlan } from './managed-process.ts'
import { SAMPLE_SOURCE, serviceEntry } from './paths.ts'
import type { Workspace } from './workspace.ts'

const SIDECARS = ['sidecar', 'sidecar:2'] as const

/** The addresses of the stack's parts. */
export interface Endpoints {
  readonly brokers: readonly string[]
  readonly databaseUrl: string
  readonly gateway: string
  readonly authority: string
  readonly console: string
  readonly sidecar: string
  readonly 'sidecar:2': string
  readonly reconciler: string
  readonly connect: string
  /** The addresses at which proxies ask the sidecars. */
  readonly proxies: Readonly<Record<'sidecar' | 'sidecar:2', string>>
}

/** One plan per service of the stack, in the order they are started. */
export function servicePlans(workspace: Workspace, at: Endpoints): readonly ProcessPlan[] {
  const registry = { FRESHET_REGISTRY: workspace.registry }
  const stores = { DATABASE_URL: at.databaseUrl, KAFKA_BROKERS: at.brokers.join(',') }
  const admins = { FRESHET_ADMIN_TOKENS: `dev:admin:${adminTokenHash(workspace.adminToken)}` }
  const stamps = { FRESHET_STAMP_KEYS_FILE: workspace.keys.stamps }
  return [
    plan(workspace, 'gateway', at.gateway, {
      ...stores,
      ...registry,
      ...stamps,
      ...admins,
      FRESHET_URL: at.gateway,
      FRESHET_ISSUER: at.authority,
      FRESHET_ACTIVATE_REGISTRY: 'true',
      FRESHET_CONSOLES: `console:operator:${workspace.voucherJwksFile}`,
    }),
    plan(workspace, 'reconciler', at.reconciler, {
      ...stores,
      ...registry,
      ...stamps,
      FRESHET_ISSUER: at.authority,
      FRESHET_CHECKPOINT_KEYS_FILE: workspace.keys.checkpoints,
      FRESHET_AUDIT_KEYS_FILE: workspace.keys.audit,
    }),
    plan(workspace, 'authority', at.authority, {
      ...stores,
      ...registry,
      ...stamps,
      FRESHET_ISSUER: at.authority,
      FRESHET_TOKEN_KEYS_FILE: workspace.keys.tokens,
      FRESHET_CHECKPOINT_JWKS_FILE: workspace.checkpointJwksFile,
    }),
    plan(workspace, 'console', at.console, {
      ...stores,
      ...registry,
      FRESHET_ISSUER: at.authority,
      FRESHET_GATEWAY_URL: at.gateway,
      FRESHET_SERVICES: servicesOf(at),
      FRESHET_VOUCHER_KEYS_FILE: workspace.keys.vouchers,
      ...admins,
      ...probesOf(workspace, at),
    }),
    ...sidecarPlans(workspace, at),
    ...connectPlans(workspace, at),
  ]
}

/** The process that reads upstream systems, if the registry has any. */
function connectPlans(workspace: Workspace, at: Endpoints): readonly ProcessPlan[] {
  if (workspace.connected.length === 0) return []
  return [
    plan(workspace, 'connect', at.connect, {
      FRESHET_REGISTRY: workspace.registry,
      FRESHET_GATEWAY_URL: at.gateway,
      FRESHET_CONNECT_SECRETS: workspace.sourceKeys,
      DATABASE_URL: at.databaseUrl,
    }),
  ]
}

function sidecarPlans(workspace: Workspace, at: Endpoints): readonly ProcessPlan[] {
  return SIDECARS.map((name) =>
    plan(workspace, name, at[name], {
      KAFKA_BROKERS: at.brokers.join(','),
      FRESHET_ISSUER: at.authority,
      FRESHET_AUDIENCE: workspace.audience,
      FRESHET_EDGE_ID: name,
      FRESHET_PROXY_PORT: new URL(at.proxies[name]).port,
      ...edgeClientOf(workspace),
    }),
  )
}

/** The services that the console asks, by the names of their processes. */
function servicesOf(at: Endpoints): string {
  const names = ['gateway', 'reconciler', 'authority', ...SIDECARS] as const
  return names.map((name) => `${name}=${at[name]}`).join(',')
}

/** Both sidecars are shown what probes carry. */
function probesOf({ probeKeysFile }: Workspace, at: Endpoints): Readonly<Record<string, string>> {
  if (probeKeysFile === undefined) return {}
  const edges = SIDECARS.map((name) => `${name}=${at[name]}`)
  return { FRESHET_PROBE_EDGES: edges.join(','), FRESHET_PROBE_KEYS_FILE: probeKeysFile }
}

/** The client with which sidecars ask the authority about high-risk requests and sign their reports. */
function edgeClientOf({ edgeClientKey }: Workspace): Readonly<Record<string, string>> {
  if (edgeClientKey === undefined) return {}
  return { FRESHET_CLIENT_ID: EDGE_CLIENT, FRESHET_CLIENT_KEY_FILE: edgeClientKey.keyFile }
}

/** A sample source: a process that does nothing but send its heartbeats. */
export function samplePlans(workspace: Workspace, at: Endpoints): readonly ProcessPlan[] {
  const { tenant, probeKeysFile } = workspace
  // No claim is fresh in a tenant whose account source or cut-off source is silent.
  const tenants = probeKeysFile === undefined ? [tenant] : [tenant, PROBE_NAME]
  const samples = Object.entries(workspace.sources).filter(
    ([source]) => source !== PROBE_NAME && !workspace.connected.includes(source),
  )
  return samples.map(([source, key]) => ({
    name: `source:${source}`,
    entry: SAMPLE_SOURCE,
    logFile: join(workspace.logs, `source-${source}.log`),
    env: {
      FRESHET_SOURCE: source,
      FRESHET_TENANT: tenants.join(','),
      FRESHET_SOURCE_KEY_FILE: key.keyFile,
      FRESHET_URL: at.gateway,
      FRESHET_HEARTBEAT_MS: '1000',
    },
  }))
}

function plan(
  workspace: Workspace,
  name: string,
  url: string,
  env: Readonly<Record<string, string>>,
): ProcessPlan {
  return {
    name,
    entry: serviceEntry(name.split(':')[0] ?? name),
    logFile: join(workspace.logs, `${name.replace(':', '-')}.log`),
    env: { ...env, FRESHET_PORT: new URL(url).port },
  }
}
