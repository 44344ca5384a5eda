import { startCaddy } from './caddy.ts'
import { startEnvoy, startEnvoyByPrefix } from './envoy.ts'
import { startNginx } from './nginx.ts'
import { isInstalled, type Proxy } from './proxy-process.ts'
import type { Between } from './sample.ts'
import { startTraefik } from './traefik.ts'

/** One proxy with the sample configuration of `infra`. */
export interface ProxyKind {
  readonly name: string
  readonly program: string
  /** The argument that prints the version of the program. */
  readonly version: string
  readonly start: (between: Between) => Promise<Proxy>
}

const envoy = { program: 'envoy', version: '--version' } as const

/** Every proxy for which the project has a sample. */
export const proxies: readonly ProxyKind[] = [
  { name: 'nginx', program: 'nginx', version: '-v', start: startNginx },
  { name: 'Caddy', program: 'caddy', version: 'version', start: startCaddy },
  { name: 'Traefik', program: 'traefik', version: 'version', start: startTraefik },
  { name: 'Envoy', ...envoy, start: startEnvoy },
  { name: 'Envoy with path_prefix', ...envoy, start: startEnvoyByPrefix },
]

/** The proxies that can run on this machine. */
export const installed: readonly ProxyKind[] = proxies.filter(({ program, version }) =>
  isInstalled(program, version),
)
