import { createEdge, type Edge } from '@freshet/edge'
import {
  EDGE_AUDIENCE,
  EDGE_ISSUER,
  edgeWorld,
  ManualClock,
  type EdgeWorld,
} from '@freshet/testkit'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'

const TOKENS = 1_000
const PER_SECOND = 5_000
const BURST_MS = 10
const MS_PER_S = 1_000

/** Measures an edge's cost for counting requests and reporting them. */
export const measuringRequests: Scenario = {
  metrics: [
    {
      id: 'edge.report.cpu',
      unit: '%',
      about:
        'of one core, at 5,000 edge.verify/s: the additional cost of storing allows and uses of claims, and of reporting them',
      target: { atMost: 1 },
    },
    {
      id: 'edge.cpu.5000',
      unit: '%',
      about: 'of one core, at 5,000 edge.verify/s: that edge, its publisher and the load together',
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const seconds = context.quick ? 5 : 15
  const shareOf = (allows?: number): Promise<number> => cpuShare(context, seconds, allows)
  await shareOf()
  return repeat(context, async (repetition) => {
    // They take turns at going first: growth of the process in between affects both.
    const isOffFirst = repetition % 2 === 0
    const first = await shareOf(isOffFirst ? 0 : undefined)
    const second = await shareOf(isOffFirst ? undefined : 0)
    const [off, on] = isOffFirst ? [first, second] : [second, first]
    return { 'edge.report.cpu': Math.max(0, on - off), 'edge.cpu.5000': on }
  })
}

/**
 * Returns the per cent of one core that this process takes while an edge verifies tokens that it has seen.
 */
async function cpuShare(
  context: BenchContext,
  seconds: number,
  allows: number | undefined,
): Promise<number> {
  const world = await edgeWorld(new ManualClock(Date.now()))
  await world.begin()
  const edge = await createEdge({
    issuer: EDGE_ISSUER,
    audience: EDGE_AUDIENCE,
    revocations: { reader: world.log, reports: world.log },
    keys: world.keys,
    ...(allows === undefined ? {} : { limits: { allows } }),
  })
  try {
    const keepFresh = heartbeats(world)
    while (edge.stats().state !== 'live') await keepFresh()
    const tokens = Array.from({ length: TOKENS }, (_, n) =>
      world.token({ claims: { sub: `s${n}` } }),
    )
    for (const token of tokens) await edge.verify(token)
    const before = process.cpuUsage()
    const startMs = performance.now()
    await load(context, { edge, tokens, seconds, keepFresh })
    const { user, system } = process.cpuUsage(before)
    return (user + system) / MS_PER_S / ((performance.now() - startMs) / 100)
  } finally {
    await edge.close()
  }
}

interface Load {
  readonly edge: Edge
  readonly tokens: readonly string[]
  readonly seconds: number
  readonly keepFresh: () => Promise<void>
}

async function load(
  { clock }: BenchContext,
  { edge, tokens, seconds, keepFresh }: Load,
): Promise<void> {
  const startMs = performance.now()
  let next = 0
  for (let done = 0; done < seconds * PER_SECOND;) {
    const dueMs = ((performance.now() - startMs) / MS_PER_S) * PER_SECOND
    for (; done < Math.min(dueMs, seconds * PER_SECOND); done += 1) {
      const { verdict } = await edge.verify(tokens[(next = (next + 1) % TOKENS)] ?? '')
      if (verdict.kind !== 'fresh') throw new Error(`A token is ${verdict.kind}.`)
    }
    await keepFresh()
    await clock.sleep(BURST_MS)
  }
}

function heartbeats(world: EdgeWorld): () => Promise<void> {
  let dueMs = 0
  return async () => {
    const nowMs = performance.now()
    if (nowMs < dueMs) return
    dueMs = nowMs + MS_PER_S
    await world.clock.advance(Math.max(0, Date.now() - world.clock.nowMs()))
    await world.heartbeat()
    await world.clock.advance(0)
  }
}
