import { startProxy, type Proxy, type ProxyChange } from './proxy-process.ts'
import { sample, type Between } from './sample.ts'

/** Starts Caddy with the sample configuration of `infra/caddy`, on ports of this test. */
export async function startCaddy(
  between: Between,
  { edits, ...change }: ProxyChange = {},
): Promise<Proxy> {
  return startProxy({
    program: 'caddy',
    configuration: async (_dir, { port }) => {
      const site = await sample('caddy/Caddyfile', between, port, edits)
      return site.replace('admin off', 'admin off\n\tservers {\n\t\tprotocols h1 h2 h2c\n\t}')
    },
    args: (_dir, file) => ['run', '--adapter', 'caddyfile', '--config', file],
    ...change,
  })
}
