import { createClient } from '@redis/client'
import { sampleAwaits } from '../measure/closed-loop.ts'
import { startRedis } from '../run/redis.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'

/** Token ids on the list. */
const DENIED = 100_000
const LOT = 1_000
const LIFE_S = 3_600

/** Measures a deny list on a server, which answers only whether an id is on it. */
export const denyList: Scenario = {
  metrics: [
    {
      id: 'peer.redis',
      unit: 'µs',
      about: 'a token id looked up in a deny list of 100,000 in Redis on loopback, one at a time',
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const client = createClient({ url: await startRedis(context) })
  await client.connect()
  context.defer(() => client.destroy())
  for (let first = 0; first < DENIED; first += LOT)
    await Promise.all(
      Array.from({ length: LOT }, (_, n) => client.setEx(keyOf(first + n), LIFE_S, '')),
    )
  const plan = { operations: 20, samples: context.quick ? 500 : 2_000 }
  let n = 0
  const lookUp = async (): Promise<void> => {
    n += 1
    // Every other id is on the list.
    const found = await client.exists(keyOf(n % (2 * DENIED)))
    if ((found === 1) !== n % (2 * DENIED) < DENIED) throw new Error('The list answers wrongly.')
  }
  return repeat(context, async () => {
    const latencies = await sampleAwaits(plan, context.clock, lookUp)
    return { 'peer.redis': latencies.distribution('µs') }
  })
}

function keyOf(n: number): string {
  return `denied:${String(n).padStart(32, '0')}`
}
