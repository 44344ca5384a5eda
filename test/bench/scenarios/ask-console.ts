import { Latencies } from '../measure/latencies.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'
import { startStack } from '../stack/bench-stack.ts'
import { askConsole } from '../stack/console.ts'
import { storeChanges } from '../stack/many-changes.ts'
import { storeMinutes } from '../stack/many-minutes.ts'

const COUNTS = { edges: 20_000, minutes: 250_000, samples: 100_000 } as const
const of = `with ${COUNTS.edges.toLocaleString('en')} edges, ${COUNTS.minutes.toLocaleString('en')} minutes of edges and as many of objectives, ${COUNTS.samples.toLocaleString('en')} samples`

const ASKED = {
  'ask.slos': '/v1/slos',
  'ask.slo.changes': '/v1/slos/reduce-complete-2s',
  'ask.slo.edges': '/v1/slos/edge-fresh-5s',
  'ask.latency': '/v1/latency?hours=48',
  'ask.edges': '/v1/edges',
  'ask.lag': '/v1/lag',
} as const

/** Measures the requests of the pages to the console, with much data stored. */
export const askingConsole: Scenario = {
  metrics: Object.entries(ASKED).map(([id, path]) => ({
    id,
    unit: 'ms',
    about: `GET ${path}, one at a time, ${of}`,
    target: { atMost: 100 },
  })),
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const stack = await startStack(context, ['reconciler', 'console'])
  await storeChanges(stack.database, COUNTS.samples)
  await storeMinutes(stack.database, COUNTS)
  return repeat(context, async () => {
    const told: Record<string, ReturnType<Latencies['distribution']>> = {}
    for (const [id, path] of Object.entries(ASKED)) {
      const latencies = new Latencies()
      for (let n = 0; n < (context.quick ? 15 : 50); n += 1) {
        const startNs = context.clock.nowNs()
        await askConsole(stack, path)
        latencies.record(context.clock.nowNs() - startNs)
      }
      told[id] = latencies.distribution('ms')
    }
    return told
  })
}
