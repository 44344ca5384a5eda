import { postAsSource, readSourceKey } from '@freshet/source'
import { HEARTBEAT_TENANTS_MAX } from '@freshet/wire'
import type { BenchContext } from '../scenario.ts'
import type { BenchStack } from '../stack/bench-stack.ts'
import { PARTNERS, type ManyTenants } from './registry.ts'

/** Sources that send heartbeats for all tenants until the scenario ends. */
export interface ManySources {
  /** Requests that the gateway did not accept for every tenant, since the last call, and the last answer. */
  takeRefusals(): { readonly count: number; readonly last: string }
}

/**
 * Lets the four sources send one heartbeat for each thousand tenants over HTTP, signed, every `everyMs`. Sources
 * do not know of each other, so their heartbeats are spread. A round that comes late is sent at once, and rounds
 * that were missed are left out.
 */
export async function keepManySources(
  context: BenchContext,
  { workspace, at }: BenchStack,
  { names, partnersKeyFile, everyMs }: ManyTenants & { readonly everyMs: number },
): Promise<ManySources> {
  let refusals = { count: 0, last: '' }
  const files = Object.entries(workspace.sources).map(([id, { keyFile }]) => [id, keyFile] as const)
  const keys = await Promise.all(
    [...files, [PARTNERS, partnersKeyFile] as const].map(([id, file]) => readSourceKey(id, file)),
  )
  const lots = Array.from({ length: Math.ceil(names.length / HEARTBEAT_TENANTS_MAX) }, (_, n) =>
    names.slice(n * HEARTBEAT_TENANTS_MAX, (n + 1) * HEARTBEAT_TENANTS_MAX),
  )
  const send = async (key: (typeof keys)[number]): Promise<void> => {
    const isDense = key.source !== 'hr'
    const through = new Date().toISOString()
    const posts = lots.map((lot) => {
      const tenants = lot.map((tenant) => ({ tenant, ...(isDense && { sequence: '0' }) }))
      const url = { gateway: at.gateway, path: '/v1/heartbeats' }
      return postAsSource(key, url, { contentType: 'application/json', json: { through, tenants } })
    })
    for (const sent of await Promise.allSettled(posts))
      if (sent.status === 'rejected')
        refusals = { count: refusals.count + 1, last: String(sent.reason) }
  }
  const stop = new AbortController()
  const running = keys.map(async (key, n) => {
    const startMs = performance.now() + (everyMs * n) / keys.length
    for (let round = 0; !stop.signal.aborted; round = Math.max(round + 1, due(startMs, everyMs))) {
      await context.clock.sleep(Math.max(0, startMs + round * everyMs - performance.now()))
      if (!stop.signal.aborted) await send(key)
    }
  })
  context.defer(async () => {
    stop.abort()
    await Promise.all(running)
  })
  return {
    takeRefusals() {
      const taken = refusals
      refusals = { count: 0, last: '' }
      return taken
    },
  }
}

/** Returns the round that is due now. */
function due(startMs: number, everyMs: number): number {
  return Math.floor((performance.now() - startMs) / everyMs)
}
