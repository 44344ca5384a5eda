import { until } from '../../../packages/cli/src/demo/until.ts'
import { ManagedProcess } from '../../../packages/cli/src/stack/managed-process.ts'
import { processOf, type TestStack } from '../test-stack.ts'
import { brokerProxy } from './broker-proxy.ts'
import type { Plant } from './plants.ts'
import type { Surfaces } from './surfaces.ts'

const REPORTS_WITHIN_MS = 90_000

/**
 * Starts an edge again whose connections to the broker lead through a proxy, and then cuts the proxy. The process
 * lives, and reaches everything but the broker.
 */
export function cutOffEdge(stack: TestStack, surfaces: Surfaces, name: string): Plant {
  return async () => {
    const [broker = ''] = stack.at.brokers
    const proxy = await brokerProxy(broker)
    const own = processOf(stack, name)
    await own.stop()
    await untilShown(surfaces, name, 'closed')
    const env = { ...own.plan.env, KAFKA_BROKERS: proxy.address }
    const behind = new ManagedProcess({ ...own.plan, env }, (died, what) => {
      throw new Error(`${died} ended: ${what}`)
    })
    await behind.start()
    await untilShown(surfaces, name, 'synced')
    proxy.cut()
    return async () => {
      await behind.stop()
      await proxy[Symbol.asyncDispose]()
      await own.start()
    }
  }
}

/** Waits until the console has such a report of an edge. */
async function untilShown({ ask }: Surfaces, name: string, status: string): Promise<void> {
  await until(`${name} ${status}`, REPORTS_WITHIN_MS, async () => {
    const { items } = JSON.parse(await ask('/v1/edges')) as {
      readonly items: readonly { readonly edge: string; readonly standing: string }[]
    }
    return items.some((each) => each.edge === name && each.standing === status) || undefined
  })
}
