import { readFile } from 'node:fs/promises'
import { AUDIT_TOPIC, CHANGES_TOPIC, QUARANTINE_TOPIC, REVOCATIONS_TOPIC } from '@freshet/wire'
import { createKafka, planTopics, type Kafka } from '@freshet/kafka'
import { freePorts } from '@freshet/owned-dir'
import { createDatabase, type Database } from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runJavaTool } from '../../infra/kafka/src/java.ts'
import type { CheckResult } from '../../packages/cli/src/doctor/check.ts'
import { CLAIMS_FRESH } from '../../packages/cli/src/doctor/checks/pipeline-checks.ts'
import { TOPICS_FILE } from '../../packages/cli/src/stack/paths.ts'
import { packRecord } from '../../packages/postgres/src/rows/stored-record.ts'
import { startProducer, type CompressingProducer } from '../setup/compressing-producer.ts'
import { kafkaClasses } from '../setup/kafka-classes.ts'
import { openTransaction } from '../setup/open-transaction.ts'
import { startService, untilLive, type StartedService } from '../setup/start-service.ts'
import { cliFolder, type CliFolder } from './cli.ts'
import { recordedState, type RecordedState } from './recorded-state.ts'
import { sourceOf, subjectIn, type TestEvent, type TestSource } from './source.ts'
import { canRun, processOf, startTestStack, type TestStack } from './test-stack.ts'

const WAIT = { timeout: 20_000, interval: 50 }
/** So many rows that two forwarders would work at the same time. */
const ROWS = 6_000
/** They take seconds, and several times as long on a busy disk. */
const SENT = { timeout: 90_000, interval: 100 }
const INSERT = `INSERT INTO outbox (topic, partition, record) SELECT $1, 0, $2 FROM generate_series(1, $3::int)`
/** The change topic is created again with the first number of partitions, and gets the second later. */
const [FEW, ALL] = [5, 7]
const LACKS = `Topic ${CHANGES_TOPIC} has ${FEW} partitions; partition ${FEW} does not exist.`
/** A partition whose rows another session holds, and one whose rows are free. */
const [LOCKED, FREE] = [4, 3]
const LOCK_PROGRESS = 'SELECT 1 FROM progress WHERE partition = ANY ($1::int[]) FOR UPDATE'
const LOCK_FEEDS = 'SELECT 1 FROM feed WHERE partition = ANY ($1::int[]) FOR UPDATE'

/** Two started reconcilers; the tests are in the order in which they change the topics. */
describe.runIf(canRun)('started reconcilers', () => {
  let stack: TestStack
  let kafka: Kafka
  let db: Database
  let producer: CompressingProducer
  let cli: CliFolder
  let hr: TestSource
  let state: RecordedState
  const started: StartedService[] = []
  beforeAll(async () => {
    stack = await startTestStack()
    await processOf(stack, 'reconciler').stop()
    const { brokers, databaseUrl: url } = stack.at
    kafka = createKafka({ brokers: [...brokers], clientId: 'freshet-e2e' })
    db = createDatabase({ url, applicationName: 'freshet-e2e', max: 1 })
    state = recordedState(db)
    hr = sourceOf(stack, 'hr')
    producer = startProducer(brokers)
    cli = await cliFolder(stack)
  })
  afterAll(async () => {
    await Promise.all(started.map((service) => service.end()))
    await Promise.all([producer?.close(), kafka?.close(), db?.close(), cli?.dispose()])
    await stack?.stop()
  })

  const topicTool = async (tool: string, topic: string, args: readonly string[]): Promise<void> => {
    const at = ['--bootstrap-server', stack.at.brokers.join(','), '--topic', topic, '--alter']
    await runJavaTool(await kafkaClasses(), `org.apache.kafka.tools.${tool}`, [...at, ...args])
  }
  const setCompression = (topic: string, value: string): Promise<void> =>
    topicTool('ConfigCommand', topic, ['--add-config', `compression.type=${value}`])
  const run = async (text: string, values: readonly unknown[]) =>
    (await db.query<{ at: string }>({ name: '', text }, values)).rows
  const positionOf = (partition: number): Promise<number> => state.positionOf(partition)
  /** The record has no signature, so it is quarantined. */
  const append = (partition: number): Promise<unknown> =>
    vi.waitFor(
      () =>
        kafka
          .writer()
          .append(CHANGES_TOPIC, partition, [{ key: null, value: Buffer.from('x'), headers: {} }]),
      WAIT,
    )
  const textAt = async (path: string): Promise<string> =>
    (await fetch(`${started[0]?.url}${path}`)).text()
  const paused = (partition: number): string => `freshet_recording_paused{partition="${partition}"}`
  /** Waits until the reconciler has tried to record the partition and could not, or has recorded it. */
  const untilPaused = (partition: number, isPaused: boolean): Promise<unknown> =>
    expect.poll(() => textAt('/metrics')).toContain(`${paused(partition)} ${isPaused ? 1 : 0}`)
  const setIn = (partition: number) =>
    ({ op: 'set', subject: subjectIn(partition), claim: 'groups', value: ['staff'] }) as const
  /** Runs work while another session holds rows of these partitions. */
  const whileLocked = async (
    rows: string,
    partitions: readonly number[],
    work: () => Promise<void>,
  ): Promise<void> => {
    const session = await openTransaction(stack.at.databaseUrl)
    try {
      await session.query({ name: '', text: rows }, [partitions])
      await work()
    } finally {
      await session.close()
    }
  }
  const plansOfChanges = async () =>
    planTopics(await readFile(TOPICS_FILE, 'utf8'), { development: true }).filter(
      ({ name }) => name === CHANGES_TOPIC,
    )
  const verdict = async (): Promise<CheckResult | undefined> => {
    const { out } = await cli.freshet('doctor', '-o', 'json')
    const { checks } = JSON.parse(out) as { readonly checks: readonly CheckResult[] }
    return checks.find(({ name }) => name === CLAIMS_FRESH)
  }

  it('end if a writer chooses the codec of a topic, and name the setting', async () => {
    await setCompression(REVOCATIONS_TOPIC, 'producer')
    const service = startService(processOf(stack, 'reconciler').plan)
    const [code] = await service.exited
    expect(code).not.toBe(0)
    expect(service.output()).toContain('"code":"topic.mismatch"')
    expect(service.output()).toContain(`${REVOCATIONS_TOPIC}: compression.type is producer`)
    expect(service.output()).toContain('set compression.type=uncompressed')
  })

  it('end if the topic keeps too little for T_max, and name the setting', async () => {
    await setCompression(REVOCATIONS_TOPIC, 'uncompressed')
    const { plan } = processOf(stack, 'reconciler')
    const service = startService(plan, { FRESHET_TOKEN_LIFE_MAX_MS: '86400000' })
    const [code] = await service.exited
    expect(code).not.toBe(0)
    expect(service.output()).toContain(
      `${REVOCATIONS_TOPIC}: retention.ms is 86400000; set retention.ms=87060000`,
    )
  })

  it('end, like the gateway and the authority, where a step of the schema is not that of this build', async () => {
    const turnHash = () =>
      run('UPDATE freshet_migration SET sha256 = reverse(sha256) WHERE number = 1', [])
    await turnHash()
    const names = ['reconciler', 'gateway', 'authority'] as const
    const ports = await freePorts(names.length)
    const services = names.map((name, index) =>
      startService(processOf(stack, name).plan, { FRESHET_PORT: String(ports[index]) }),
    )
    for (const service of services) {
      const [code] = await service.exited
      expect(code).not.toBe(0)
      expect(service.output()).toContain('"code":"database.migration"')
      expect(service.output()).toContain('0001_')
    }
    await turnHash()
  })

  it('control: go on with the topic as it is planned', async () => {
    const { plan } = processOf(stack, 'reconciler')
    const [port] = await freePorts(1)
    started.push(startService(plan), startService(plan, { FRESHET_PORT: String(port) }))
    await Promise.all(started.map(untilLive))
  })

  it('send what is parked and what is audited once, although both could, and one takes over', async () => {
    const topics = [QUARANTINE_TOPIC, AUDIT_TOPIC]
    const outgoing = { key: null, value: Buffer.from('planted'), headers: {} }
    const sent = (): Promise<number[]> =>
      Promise.all(
        topics.map(async (topic) => {
          const records = await kafka.reader().read(topic, 0, 0n, 3 * ROWS)
          return records.filter(({ value }) => String(value) === 'planted').length
        }),
      )
    const plant = async (rows: number): Promise<void> => {
      for (const topic of topics) await run(INSERT, [topic, packRecord(outgoing), rows])
    }
    const left = (): Promise<unknown> =>
      run('SELECT topic AS at FROM outbox WHERE topic = ANY ($1) LIMIT 1', [topics])
    await plant(ROWS)
    await expect.poll(left, SENT).toEqual([])
    expect(await sent()).toEqual([ROWS, ROWS])
    await started.pop()?.end()
    await plant(1)
    await expect.poll(sent).toEqual([ROWS + 1, ROWS + 1])
  })

  it.each([
    ['the progress', LOCK_PROGRESS],
    ['the feeds', LOCK_FEEDS],
  ])(
    'record the others while another session holds %s of a partition, and lose nothing',
    async (_, rows) => {
      let held = ''
      await whileLocked(rows, [LOCKED], async () => {
        await untilPaused(LOCKED, true)
        const [at, throughMs] = await Promise.all([positionOf(LOCKED), state.throughOf(FREE)])
        held = await hr.send(setIn(LOCKED))
        const free = await hr.send(setIn(FREE))
        await expect.poll(() => state.countOf(free)).toBe(1)
        await expect.poll(() => state.throughOf(FREE)).toBeGreaterThan(throughMs)
        expect([await positionOf(LOCKED), await state.countOf(held)]).toEqual([at, 0])
      })
      const releasedMs = Date.now()
      await expect.poll(() => state.countOf(held)).toBe(1)
      await expect.poll(() => state.throughOf(LOCKED)).toBeGreaterThan(releasedMs)
      await untilPaused(LOCKED, false)
    },
  )

  it('control: do not record another partition while the session holds its progress, too', async () => {
    let waiting = ''
    await whileLocked(LOCK_PROGRESS, [LOCKED, FREE], async () => {
      const [at, throughMs] = await Promise.all([positionOf(FREE), state.throughOf(FREE)])
      waiting = await hr.send(setIn(FREE))
      await untilPaused(FREE, true)
      expect([await positionOf(FREE), await state.throughOf(FREE)]).toEqual([at, throughMs])
      expect(await state.countOf(waiting)).toBe(0)
    })
    await expect.poll(() => state.countOf(waiting)).toBe(1)
    await untilPaused(FREE, false)
  })

  it('publish every removal whose row of the outbox has an id that was drawn before, as after a failover', async () => {
    const [subject, claim] = [subjectIn(LOCKED), 'groups']
    const values = ['a', 'b', 'c', 'd', 'e', 'f']
    const set = await hr.send({ op: 'set', subject, claim, value: values })
    await expect.poll(() => state.countOf(set), WAIT).toBe(1)
    const removals: string[] = []
    // They are recorded together, and the ids pass the floor in that transaction.
    await whileLocked(LOCK_PROGRESS, [LOCKED], async () => {
      await untilPaused(LOCKED, true)
      for (const value of values)
        removals.push(await hr.send({ op: 'remove', subject, claim, value }))
      await run('UPDATE publisher SET published_to = (SELECT last_value FROM outbox_id_seq)', [])
      await run(`SELECT setval('outbox_id_seq', last_value - 3) AS at FROM outbox_id_seq`, [])
    })
    const published = `SELECT id AS at FROM change_log WHERE id = ANY ($1) AND published_at_ms IS NOT NULL`
    await expect
      .poll(async () => (await run(published, [removals])).length, WAIT)
      .toBe(removals.length)
    await untilPaused(LOCKED, false)
  })

  it('record a batch that a source compressed by gzip, and name one whose codec they do not read', async () => {
    await setCompression(CHANGES_TOPIC, 'producer')
    const before = await positionOf(1)
    await producer.send(CHANGES_TOPIC, 1, 'gzip', ['x'])
    await expect.poll(() => positionOf(1)).toBeGreaterThan(before)
    await producer.send(CHANGES_TOPIC, 2, 'lz4', ['x'])
    const named = new RegExp(
      `The batch at offset (\\d+) of ${CHANGES_TOPIC}/2 is compressed by lz4`,
    )
    await expect.poll(() => textAt('/readyz?verbose')).toMatch(named)
    const refusedAt = Number(named.exec(started[0]?.output() ?? '')?.[1])
    const meanwhile = await positionOf(1)
    await append(2)
    await append(1)
    await expect.poll(() => positionOf(1)).toBeGreaterThan(meanwhile)
    await expect.poll(() => positionOf(2)).toBe(refusedAt)
  })

  /** Sends two heartbeats: one partition records the first and holds the second. Returns the time of the second. */
  const holdTwo = async (): Promise<number> => {
    await hr.sendHeartbeat(Date.now())
    await untilPaused(LOCKED, true)
    const throughMs = Date.now()
    expect(await hr.sendHeartbeat(throughMs)).toMatchObject({ status: 202 })
    await expect.poll(() => state.throughOf(FREE)).toBe(throughMs)
    return throughMs
  }

  it('record the heartbeats that a partition holds once another session releases it', async () => {
    for (const [name, each] of stack.processes) if (name.startsWith('source:')) await each.stop()
    let throughMs = 0
    await whileLocked(LOCK_PROGRESS, [LOCKED], async () => {
      throughMs = await holdTwo()
      expect(await state.throughOf(LOCKED)).toBeLessThan(throughMs)
    })
    await expect.poll(() => state.throughOf(LOCKED)).toBe(throughMs)
    await untilPaused(LOCKED, false)
  })

  it('go on without partitions that the topic lacks, and name them', async () => {
    await kafka.topics.remove([CHANGES_TOPIC])
    await kafka.topics.apply((await plansOfChanges()).map((plan) => ({ ...plan, partitions: FEW })))

    for (const partition of [FEW, FEW + 1]) await untilPaused(partition, true)
    for (let partition = 0; partition < FEW; partition += 1) await append(partition)
    for (let partition = 0; partition < FEW; partition += 1) await untilPaused(partition, false)
    await expect.poll(verdict, WAIT).toMatchObject({
      outcome: 'failed',
      detail: expect.stringMatching(
        new RegExp(`Partition ${FEW} is stuck at record 0 since .*topic.mismatch: ${LACKS}`),
      ),
    })
    expect(started[0]?.output()).toMatch(new RegExp(`"partition":${FEW},[^\n]*partition pauses`))
  })

  const gatewayChecks = async (): Promise<string> =>
    (await fetch(new URL('/readyz?verbose', stack.at.gateway))).text()
  let stored: TestEvent

  it('beside a gateway that takes the changes of the others, and names the partition that it waits for', async () => {
    stored = await hr.event(setIn(FEW))
    await expect
      .poll(() => hr.post(stored))
      .toMatchObject({ status: 503, body: { detail: expect.stringContaining(LACKS) } })
    expect(await gatewayChecks()).toContain(
      `[!] partitions failed, not needed to be ready: ${LACKS}`,
    )
    const { logFile } = processOf(stack, 'gateway').plan
    // It has looked for what waits more than once.
    await expect.poll(() => readFile(logFile, 'utf8')).toMatch(/(?:sweep failed[^]*){2}/)
    expect((await fetch(new URL('/readyz', stack.at.gateway))).status).toBe(200)
    const other = await hr.event(setIn(1))
    expect(await hr.post(other)).toMatchObject({ status: 202 })
    await expect.poll(() => state.countOf(other.id)).toBe(1)
  })

  it('record the missing partitions, and what the gateway stored for them, once they are there', async () => {
    await topicTool('TopicCommand', CHANGES_TOPIC, ['--partitions', String(ALL)])
    await expect.poll(() => state.countOf(stored.id)).toBe(1)
    expect(await gatewayChecks()).toContain('[+] partitions ok')
    await append(FEW + 1)
    for (const partition of [FEW, FEW + 1]) await untilPaused(partition, false)
    await expect.poll(verdict, WAIT).toMatchObject({
      detail: expect.not.stringContaining('is stuck'),
    })
    expect(await Promise.all([FEW, FEW + 1].map(positionOf))).toEqual([1, 1])
    expect(stack.deaths).toEqual([])
  })
})
