import { freePorts } from '@freshet/owned-dir'
import type { Endpoints } from './service-plans.ts'

/** Addresses on free ports of loopback for every service of a stack. */
export async function freeEndpoints(
  stores: Pick<Endpoints, 'brokers' | 'databaseUrl'>,
): Promise<Endpoints> {
  const ports = await freePorts(8)
  const [gateway, authority, console, sidecar, second, reconciler, proxy, secondProxy] = ports.map(
    (port) => `http://127.0.0.1:${port}`,
  ) as [string, string, string, string, string, string, string, string]
  return {
    ...stores,
    gateway,
    authority,
    console,
    sidecar,
    'sidecar:2': second,
    reconciler,
    proxies: { sidecar: proxy, 'sidecar:2': secondProxy },
  }
}
