import type { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'
import { until } from '../../packages/cli/src/demo/until.ts'
import { extraSidecar } from './extra-sidecar.ts'

const ANSWERS_WITHIN_MS = 60_000

/** A sidecar that enforces declared routes. */
export interface SidecarWithRoutes {
  readonly process: ManagedProcess
  /** Returns the status for a proxy that asks about `GET target`. */
  ask(token: string, target: string): Promise<number>
  /** Waits until the status is this one. */
  untilAnswers(status: number, token: string, target: string): Promise<unknown>
}

/** Starts one more sidecar of the stack, with the first registry of the stack as its file. */
export async function sidecarWithRoutes(stack: Stack): Promise<SidecarWithRoutes> {
  const { process, proxyUrl } = await extraSidecar(stack, 'routes', {
    FRESHET_REGISTRY: stack.workspace.registry,
  })
  const ask: SidecarWithRoutes['ask'] = async (token, target) => {
    const headers = { 'x-forwarded-method': 'GET', 'x-forwarded-uri': target }
    const { status } = await fetch(`${proxyUrl}/authz/generic`, {
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
