import type { Edge, TokenClaims } from '@freshet/edge'
import type { EdgeWorld } from '@freshet/testkit'
import { liveEdge } from '../edge/live-edge.ts'
import { strangerOf } from '../edge/strangers.ts'
import { sampleCalls } from '../measure/closed-loop.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'

/** Ten watermarks each: a million. */
const STRANGERS = 100_000
/** More tokens and table than the processor's caches hold. */
const TOKENS = 10_000

/** Measures judging tokens whose scopes are in a table of a million watermarks. */
export const judging: Scenario = {
  metrics: [
    {
      id: 'judge.1m',
      unit: 'µs',
      about: 'edge.judge, fresh: 10,000 tokens of one authoritative claim in turn, 1 M watermarks',
      target: { atMost: 1 },
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const { edge, world, keepFresh, raise } = await liveEdge(context)
  context.progress('raising 1,000,000 watermarks')
  await raise(STRANGERS)
  const tokens = await verifiedTokens(edge, world)
  await keepFresh()
  const plan = { operations: 1_000, samples: context.quick ? 1_000 : 5_000, between: keepFresh }
  let next = 0
  return repeat(context, async () => {
    let others = 0
    const latencies = await sampleCalls(plan, context.clock, () => {
      next = (next + 1) % TOKENS
      const claims = tokens[next]
      if (claims === undefined || edge.judge(claims).kind !== 'fresh') others += 1
    })
    if (others > 0) throw new Error(`${others} verdicts were not fresh.`)
    return { 'judge.1m': latencies.distribution('µs') }
  })
}

/** Returns one token for each of the first strangers, minted after they lost a value. */
async function verifiedTokens(edge: Edge, world: EdgeWorld): Promise<readonly TokenClaims[]> {
  const label = { e: world.e, s: BigInt(STRANGERS), c: BigInt(STRANGERS) }
  const verified: TokenClaims[] = []
  for (let n = 0; n < TOKENS; n += 1) {
    const jwt = world.token({ label, claims: { sub: strangerOf(n).sub } })
    verified.push((await edge.verify(jwt)).claims)
  }
  return verified
}
