import { freePorts } from '../../packages/cli/src/stack/free-port.ts'
import { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'
import { processOf } from './test-stack.ts'

/** A sidecar that enforces declared routes. */
export interface SidecarWithRoutes {
  readonly process: ManagedProcess
  /** The status that a proxy gets which asks about `GET target`. */
  ask(token: string, target: string): Promise<number>
}

/** Starts one more sidecar of the stack, with the first registry of the stack as its file. */
export async function sidecarWithRoutes(stack: Stack): Promise<SidecarWithRoutes> {
  const ports = await freePorts(2)
  const [port = '', proxyPort = ''] = ports.map(String)
  const { plan } = processOf(stack, 'sidecar')
  const env = {
    ...plan.env,
    FRESHET_EDGE_ID: 'sidecar:routes',
    FRESHET_REGISTRY: stack.workspace.registry,
    FRESHET_PORT: port,
    FRESHET_PROXY_PORT: proxyPort,
  }
  const process = new ManagedProcess({ ...plan, name: 'sidecar:routes', env }, () => {})
  await process.start()
  return {
    process,
    async ask(token, target) {
      const headers = { 'x-forwarded-method': 'GET', 'x-forwarded-uri': target }
      const { status } = await fetch(`http://127.0.0.1:${proxyPort}/authz/generic`, {
        headers: { ...headers, authorization: `Bearer ${token}` },
      })
      return status
    },
  }
}
