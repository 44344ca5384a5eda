import type { Client } from '../http/client.ts'
import type { BenchStack } from './bench-stack.ts'
import { exchangeBodies } from './token-requests.ts'

/** Measures mints per second, with as many requests in progress at once as the client has connections. */
export async function mintsPerS(client: Client, stack: BenchStack, count: number): Promise<number> {
  const bodies = await exchangeBodies(stack, count)
  const { elapsedNs } = await client.ask({ kind: 'one-after-the-other', bodies })
  return (count * 1e9) / elapsedNs
}
