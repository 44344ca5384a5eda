import { freePorts } from '../../packages/cli/src/stack/free-port.ts'
import { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'
import { until } from '../../packages/cli/src/demo/until.ts'
import { processOf } from './test-stack.ts'

const ANSWERS_WITHIN_MS = 20_000

/** A sidecar that enforces declared routes. */
export interface SidecarWithRoutes {
  readonly process: ManagedProcess
  /** The status that a proxy gets which asks about `GET target`. */
  ask(token: string, target: string): Promise<number>
  /** Waits until it is this one. */
  untilAnswers(status: number, token: string, target: string): Promise<unknown>
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
  const ask: SidecarWithRoutes['ask'] = async (token, target) => {
    const headers = { 'x-forwarded-method': 'GET', 'x-forwarded-uri': target }
    const { status } = await fetch(`http://127.0.0.1:${proxyPort}/authz/generic`, {
      headers: { ...headers, authorization: `Bearer ${token}` },
    })
    return status
  }
  return {
    process,
    ask,
    untilAnswers: (status, token, target) =>
      until(`${target} answers ${status}`, ANSWERS_WITHIN_MS, async () =>
        (await ask(token, target)) === status ? true : undefined,
      ),
  }
}
