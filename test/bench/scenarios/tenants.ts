import { createEdge } from '@freshet/edge'
import { PARTITIONS } from '@freshet/protocol'
import { REVOCATIONS_TOPIC, type LogFollower, type LogRecord } from '@freshet/wire'
import {
  EDGE_AUDIENCE,
  EDGE_ISSUER,
  edgeWorld,
  ManualClock,
  manyFeedsAt,
  manyFeedsHeartbeat,
  type EdgeWorld,
  type Stating,
} from '@freshet/testkit'
import { heldReader } from '../edge/held-reader.ts'
import { feedReadings } from '../pipeline/plant-feeds.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'

const SECONDS = { quick: 20, full: 60 } as const
/** A megabyte for each partition and second. */
const SECONDS_ALONE = 5
const US_PER_S = 1_000_000
const MS_PER_S = 1_000
const BYTES_PER_KB = 1_000

const ABOUT = '4,000 tenants of four sources in the quiet, each partition once a second'

/** Measures the cost of heartbeats for many tenants with many sources. */
export const statingTenants: Scenario = {
  metrics: [
    {
      id: 'tenants.heartbeat',
      unit: 'kB',
      about: `${ABOUT}: one heartbeat, between two that carry the list`,
      target: { atMost: 2 },
      against: [{ id: 'tenants.alone.heartbeat' }],
    },
    { id: 'tenants.list', unit: 'kB', about: 'the same: one that carries the list, once a minute' },
    {
      id: 'tenants.edge',
      unit: '%',
      about: `${ABOUT}: of a core at one edge, from the bytes of all partitions to its leases`,
      target: { atMost: 10 },
      against: [{ id: 'tenants.alone.edge' }],
    },
    {
      id: 'tenants.publish',
      unit: '%',
      about: `${ABOUT}: of a core at the reconciler, to plan and sign the heartbeats of all partitions`,
      against: [{ id: 'tenants.alone.publish' }],
    },
    {
      id: 'tenants.alone.heartbeat',
      unit: 'kB',
      about: 'the same with every feed stated by itself, as before there were groups',
    },
    { id: 'tenants.alone.edge', unit: '%', about: 'the same' },
    { id: 'tenants.alone.publish', unit: '%', about: 'the same' },
    {
      id: 'tenants.snapshot',
      unit: 'ms',
      about:
        'to read one partition with its 16,000 feeds from Postgres, for a heartbeat that is due',
    },
    {
      id: 'tenants.snapshot.rest',
      unit: 'ms',
      about: 'the same without the feeds, four times a second and for each publication between',
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const snapshot = await feedReadings(context)
  const seconds = SECONDS[context.quick ? 'quick' : 'full']
  return repeat(context, async () => {
    const grouped = await measure({ groups: null }, seconds)
    const alone = await measure('alone', SECONDS_ALONE)
    return {
      'tenants.heartbeat': grouped.lastKb,
      'tenants.list': grouped.firstKb,
      'tenants.edge': grouped.edge,
      'tenants.publish': grouped.publish,
      'tenants.alone.heartbeat': alone.lastKb,
      'tenants.alone.edge': alone.edge,
      'tenants.alone.publish': alone.publish,
      ...(await snapshot()),
    }
  })
}

interface Cost {
  readonly firstKb: number
  readonly lastKb: number
  readonly edge: number
  readonly publish: number
}

/** Gives an edge of the product the heartbeats of so many seconds, which a publisher planned. */
async function measure(first: Stating, seconds: number): Promise<Cost> {
  const world = await edgeWorld(new ManualClock(Date.now() - seconds * MS_PER_S))
  await world.begin()
  const { reader, follower } = heldReader(world)
  const names = { issuer: EDGE_ISSUER, audience: EDGE_AUDIENCE }
  const edge = await createEdge({ ...names, revocations: { reader }, keys: world.keys })
  const held = await follower
  const sizes: number[] = []
  const spent = { edgeUs: 0, publishUs: 0 }
  let stating = first
  await handOver(world, held)
  for (let second = 0; second < seconds; second += 1) {
    await world.clock.advance(MS_PER_S)
    const snapshot = manyFeedsAt(world.clock.nowMs())
    const startUs = cpuUs()
    const { heartbeat, next } = manyFeedsHeartbeat(snapshot, stating, second * MS_PER_S)
    // Every partition plans for itself; one represents all here.
    spent.publishUs += (cpuUs() - startUs) * (PARTITIONS.length - 1)
    stating = next
    const signUs = cpuUs()
    await world.heartbeat({ stated: heartbeat })
    spent.publishUs += cpuUs() - signUs
    const taken = await handOver(world, held)
    spent.edgeUs += taken.us
    sizes.push(taken.bytes)
  }
  const { state } = edge.stats()
  await edge.close()
  if (state !== 'live') throw new Error(`The edge is ${state}.`)
  const share = (us: number): number => (100 * us) / (seconds * US_PER_S)
  const [firstKb = 0, lastKb = 0] = [sizes[0], sizes.at(-1)]
  return { firstKb, lastKb, edge: share(spent.edgeUs), publish: share(spent.publishUs) }
}

/**
 * Delivers the pending heartbeats. Returns the processor time that this took, and the size of the last
 * record.
 */
async function handOver(
  { log }: EdgeWorld,
  follower: LogFollower,
): Promise<{ readonly us: number; readonly bytes: number }> {
  const startUs = cpuUs()
  let last: LogRecord | undefined
  for (const { partition, end } of await log.bounds(REVOCATIONS_TOPIC)) {
    const records = log.records(REVOCATIONS_TOPIC, partition).slice()
    await follower.onRecords(partition, records, end)
    log.dropBefore(REVOCATIONS_TOPIC, partition, end)
    last = records.at(-1) ?? last
  }
  return { us: cpuUs() - startUs, bytes: (last?.value?.length ?? 0) / BYTES_PER_KB }
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
