import { PARTITIONS } from '@freshet/protocol'
import { CHANGES_TOPIC, type LogRecord, type LogWriter } from '@freshet/wire'
import { createIntake, type Intake } from '@freshet/intake'
import { createKafka } from '@freshet/kafka'
import {
  createDatabase,
  migrate,
  postgresRecorderStore,
  postgresStampStore,
  type Database,
} from '@freshet/postgres'
import { recordBatch, type RecorderStore } from '@freshet/reconciler'
import { systemClock } from '@freshet/runtime'
import { acmeRegistry, ManualClock, recordContext, TEST_MAC_KEY } from '@freshet/testkit'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'

const TENANTS = Array.from({ length: 500 }, (_, n) => `tenant-${n}`)
const SOURCE = 'hr'
/** Events that each feed has had in each partition. */
const STAMPS = 20
/** The number of requests in progress of a source that sends one for each tenant. */
const AT_ONCE = 16
const RECORDED = 3
const NS_PER_MS = 1e6

/** Measures a gateway and the recorder with heartbeats of a source of many tenants. */
export const hearingTenants: Scenario = {
  metrics: [
    {
      id: 'heartbeats.many',
      unit: 'ms',
      about: 'a gateway takes one heartbeat for 500 tenants: Postgres, then seven records to Kafka',
      against: [{ id: 'heartbeats.alone' }],
    },
    {
      id: 'heartbeats.alone',
      unit: 'ms',
      about: 'the same as 500 heartbeats, 16 at a time: 3,500 records',
    },
    {
      id: 'heartbeats.many.recorded',
      unit: 'ms',
      about: 'recording the one record of a partition',
      against: [{ id: 'heartbeats.alone.recorded' }],
    },
    {
      id: 'heartbeats.alone.recorded',
      unit: 'ms',
      about: 'recording the 500 records of a partition, in one transaction',
    },
  ],
  run,
}

interface World {
  readonly intake: Intake
  /** Records everything that was appended since the last call. */
  readonly record: () => Promise<void>
}

async function run(context: BenchContext): Promise<Readings> {
  const { intake, record } = await worldOf(context)
  const ms = async (work: () => Promise<unknown>): Promise<number> => {
    const startNs = context.clock.nowNs()
    await work()
    return (context.clock.nowNs() - startNs) / NS_PER_MS
  }
  const many = (): Promise<unknown> =>
    intake.acceptHeartbeats({
      source: SOURCE,
      throughMs: Date.now(),
      tenants: TENANTS.map((tenant) => ({ tenant })),
    })
  const alone = async (): Promise<void> => {
    const rest = TENANTS[Symbol.iterator]()
    const worker = async (): Promise<void> => {
      for (const tenant of rest)
        await intake.acceptHeartbeat({ source: SOURCE, tenant, throughMs: Date.now() })
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
  }
  for (const warm of [many, alone, record]) await warm()
  return repeat(context, async () => ({
    'heartbeats.many': await ms(many),
    'heartbeats.many.recorded': await ms(record),
    'heartbeats.alone': await ms(alone),
    'heartbeats.alone.recorded': await ms(record),
  }))
}

async function worldOf(context: BenchContext): Promise<World> {
  const [{ brokers }, { url }] = await Promise.all([context.kafka(), context.postgres()])
  const open = (role?: 'freshet_tenant' | 'freshet_system'): Database => {
    const as = role === undefined ? {} : { role, planOnce: role === 'freshet_tenant' }
    const database = createDatabase({ url, applicationName: 'freshet-bench', ...as })
    context.defer(() => database.close())
    return database
  }
  const owner = open()
  await migrate(owner)
  await plantStamps(owner)
  const kafka = createKafka({ brokers, clientId: 'freshet-bench' })
  context.defer(() => kafka.close())
  const appended: LogRecord[] = []
  const tenants = TENANTS.map((id) => [id, { id, identityProviders: [] }] as const)
  const intake = createIntake({
    registry: acmeRegistry({ tenants: new Map(tenants) }),
    store: postgresStampStore(open('freshet_tenant'), open('freshet_system')),
    writer: noting(kafka.writer(), appended),
    macKey: () => TEST_MAC_KEY,
    timer: systemClock,
  })
  const store = postgresRecorderStore(open('freshet_system'))
  await store.ensureProgress(PARTITIONS, 1n)
  return { intake, record: () => recordAppended(store, appended) }
}

/** Plants stamps as the gateways leave them: acknowledged, with numbers from 1 on. */
async function plantStamps(database: Database): Promise<void> {
  const text = `
    INSERT INTO stamp (tenant, source, id, partition, number, content_hash, acknowledged)
    SELECT tenant, $2, 'event-' || partition || '-' || number, partition, number, 'h', true
    FROM unnest($1::text[]) AS tenant, unnest($3::int[]) AS partition, generate_series(1, $4::int) AS number`
  await database.query({ name: '', text }, [TENANTS, SOURCE, PARTITIONS, STAMPS])
  await database.query({ name: '', text: 'ANALYZE stamp' })
}

/** Keeps the records of one partition, as a reader would have them. */
function noting(writer: LogWriter, appended: LogRecord[]): LogWriter {
  return {
    async append(topic, partition, records) {
      const at = await writer.append(topic, partition, records)
      if (partition === RECORDED && topic === CHANGES_TOPIC)
        for (const [n, record] of records.entries())
          appended.push({
            ...record,
            topic,
            partition,
            offset: at.baseOffset + BigInt(n),
            appendedAtMs: at.appendedAtMs,
          })
      return at
    },
  }
}

async function recordAppended(store: RecorderStore, appended: LogRecord[]): Promise<void> {
  const records = appended.splice(0).toSorted((a, b) => Number(a.offset - b.offset))
  const { e, nextOffset } = await store.progress(RECORDED)
  const from = { e, nextOffset, receivedAtMs: Date.now() }
  await recordBatch(recordContext(store, new ManualClock(Date.now())), records, from)
}
