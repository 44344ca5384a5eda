import { FreshetError, type Registry } from '@freshet/protocol'
import { PROBE_NAME, probedClaims } from '@freshet/protocol/slo'
import { importSigningKey } from '@freshet/wire'
import type { Observatory, ProbeWorld } from '@freshet/insight'
import { randomId, systemClock } from '@freshet/runtime'
import type { ConsoleConfig } from '../config.ts'
import { ProbeReport } from './probe-report.ts'
import { canaryWorld } from './canary-world.ts'
import { ProbeSource } from './probe-source.ts'

/** The wired parts of probing. */
export interface Prober {
  readonly worldOf: (claim: string) => ProbeWorld
  /** Sends a heartbeat of the probes’ source. */
  readonly sendHeartbeat: () => Promise<void>
  readonly report: ProbeReport
}

/**
 * Wires the probes to the targets of the product; `undefined` where the environment names none.
 *
 * @throws `config.invalid` where it does, and the registry has no part of probes
 */
export function proberOf(
  config: ConsoleConfig,
  registry: Registry,
  of: { readonly observatory: Pick<Observatory, 'change'>; readonly signal: AbortSignal },
): Prober | undefined {
  const { probeEdges: edges, probeKeys: keys, gateway, issuer } = config
  if (edges === undefined || keys === undefined || gateway === undefined) return undefined
  const who = probersOf(registry)
  const signs = { clock: systemClock, randomId }
  const source = new ProbeSource({ gateway, key: importSigningKey(keys.source), ...signs })
  const idp = { issuer: who.issuer, key: importSigningKey(keys.idp) }
  const client = { id: who.client, secret: keys.clientSecret }
  const world = { source, issuer, client, idp, edges, ...of, ...signs }
  // Each process has a subject of its own, so no other process can remove its claims.
  const sub = `probe-${randomId()}`
  return {
    worldOf: (claim) => canaryWorld(world, claim, sub),
    sendHeartbeat: () => source.sendHeartbeat(),
    report: new ProbeReport(),
  }
}

function probersOf(registry: Registry): { readonly issuer: string; readonly client: string } {
  const [idp] = registry.tenants.get(PROBE_NAME)?.identityProviders ?? []
  const clients = [...registry.clients.values()].filter(({ tenant }) => tenant === PROBE_NAME)
  const client = clients.find(({ audiences }) => audiences.includes(PROBE_NAME))
  if (idp !== undefined && client !== undefined && probedClaims(registry).length > 0)
    return { issuer: idp.issuer, client: client.id }
  const text = `FRESHET_PROBE_EDGES is set, and the registry has no tenant, client and claim of ${PROBE_NAME}`
  throw new FreshetError('config.invalid', text)
}
