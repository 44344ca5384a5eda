import { startProxy, type Proxy } from './proxy-process.ts'
import { sample, type Between } from './sample.ts'

const NOT_FOUND = 404

/** Starts Traefik with the sample configuration of `infra/traefik`, on ports of this test. */
export async function startTraefik(between: Between): Promise<Proxy> {
  return startProxy({
    program: 'traefik',
    configuration: (_dir, { port }) => sample('traefik/traefik.yaml', between, port),
    fileName: 'traefik.yaml',
    beside: async () => ({ 'dynamic.yaml': await sample('traefik/dynamic.yaml', between, 0) }),
    args: (_dir, file) => [`--configFile=${file}`],
    hasRoutes: (status) => status !== NOT_FOUND,
  })
}
