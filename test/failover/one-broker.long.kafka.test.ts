import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { partitionOf, type FreshetError } from '@freshet/protocol'
import { CHANGES_TOPIC, REVOCATIONS_TOPIC, type LogReader, type LogWriter } from '@freshet/wire'
import { createKafka, requireTopics, type Kafka } from '@freshet/kafka'
import { kafkaAvailability, startCluster, type LocalCluster } from '@freshet/local-kafka'
import { ACME_IDP, ALICE, recordingFollower } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sidecarWorld, type SidecarWorld, type StartedSidecar } from '../edge/started-sidecar.ts'

/** The leaders of the seven partitions, each of which no other broker holds. */
const LEADERS = [1, 2, 3, 1, 2, 3, 1]
const ENDED = 3
const PAUSED = 2
const PARTITIONS = [...LEADERS.keys()]
const LIVING = PARTITIONS.filter((partition) => LEADERS[partition] !== ENDED)
const DEAD = PARTITIONS.filter((partition) => LEADERS[partition] === ENDED)
/** The partitions of subjects: all but the control partition. */
const SUBJECTS = PARTITIONS.slice(1)
const SETTINGS = [
  'cleanup.policy=delete',
  'message.timestamp.type=LogAppendTime',
  'compression.type=uncompressed',
]

const { available } = await kafkaAvailability()

describe.runIf(available)('a partition whose one broker does not answer', () => {
  let cluster: LocalCluster
  let kafka: Kafka
  let writer: LogWriter
  let reader: LogReader
  let sidecars: SidecarWorld
  let before: Following
  let meanwhile: Following
  let sidecar: StartedSidecar
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3 })
    kafka = createKafka({ brokers: cluster.brokers, clientId: 'freshet-test' })
    writer = kafka.writer()
    reader = kafka.reader()
    for (const topic of [CHANGES_TOPIC, REVOCATIONS_TOPIC]) await create(cluster, topic)
    sidecars = await sidecarWorld(cluster.brokers)
  })
  afterAll(async () => {
    await sidecars[Symbol.asyncDispose]()
    await kafka.close()
    await cluster.stop()
  })

  const append = (partition: number, value: string): Promise<unknown> =>
    writer.append(CHANGES_TOPIC, partition, [{ key: null, value: Buffer.from(value), headers: {} }])
  const appendAll = (partitions: readonly number[], value: string) =>
    Promise.allSettled(partitions.map((partition) => append(partition, value)))

  it('stops itself alone, from the death of its leader on', async () => {
    expect(failed(await appendAll(PARTITIONS, 'before'))).toEqual([])
    before = follow(reader)
    await before.until(1, PARTITIONS)

    await cluster.node(ENDED).end('SIGKILL')
    // The metadata names the dead broker as leader until the controller has noticed.
    const message = `${CHANGES_TOPIC}/${DEAD[0]}: no broker leads the partition now. Start a broker that holds it.`
    const others: PromiseSettledResult<unknown>[][] = []
    const isNoticed = async (): Promise<boolean> => {
      const [dead, living] = await Promise.all([
        appendAll(DEAD, 'refused'),
        appendAll(LIVING, 'meanwhile'),
      ])
      others.push(living)
      return failed(dead).includes(message)
    }
    await expect.poll(isNoticed).toBe(true)
    expect(others.flatMap(failed)).toEqual([])
    const living = others.length
    await before.until(1 + living, LIVING)

    await expect(reader.bounds(CHANGES_TOPIC)).rejects.toMatchObject({
      code: 'broker.unavailable',
      message: expect.stringContaining(DEAD.map((each) => `${CHANGES_TOPIC}/${each}`).join(', ')),
    })
    const bounds = await reader.bounds(CHANGES_TOPIC, LIVING)
    expect(bounds.map(({ end }) => end)).toEqual(LIVING.map(() => BigInt(1 + living)))
    expect(await reader.read(CHANGES_TOPIC, LIVING[0] ?? 0, 0n, 1)).toHaveLength(1)
    // A service checks this at its start, and for its readiness.
    await requireTopics(kafka.topics, { revocationsMs: 1 })
    expect(await kafka.check()).toEqual([])
    meanwhile = follow(reader)
    await meanwhile.until(1 + living, LIVING)
  })

  /** Returns the answer of the sidecar for a subject in this partition. */
  const verdictIn = async (partition: number): Promise<string | undefined> => {
    const freshet = { e: '1', s: '100', c: '100', pv: 1, tenant: 'acme', subiss: ACME_IDP }
    const claims = { iss: sidecars.issuer, sub: subjectIn(partition), freshet }
    const token = sidecars.world.token({ claims })
    const response = await fetch(`${sidecar.url}/v1/check`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, require: { groups: ['payments-approvers'] } }),
    })
    const answer = (await response.json()) as { claims?: { groups?: { verdict: string } } }
    return answer.claims?.groups?.verdict
  }
  const verdictsWith = async (partitions: readonly number[]): Promise<unknown[]> => {
    await sidecars.heartbeat(['acme'], { partitions })
    return await Promise.all(SUBJECTS.map(verdictIn))
  }

  it('leaves an edge that starts meanwhile its other subjects, and is named as what it waits for', async () => {
    sidecar = await sidecars.start('meanwhile')
    const expected = SUBJECTS.map((each) => (DEAD.includes(each) ? 'unverified' : 'fresh'))
    await expect.poll(() => verdictsWith(LIVING)).toEqual(expected)
    const answer = await fetch(`${sidecar.url}/readyz`)
    expect([answer.status, await answer.text()]).toEqual([
      503,
      expect.stringContaining(
        `partitions ${DEAD.join(', ')} of ${REVOCATIONS_TOPIC} cannot be read ` +
          `(broker.unavailable: ${REVOCATIONS_TOPIC}/${DEAD[0]}: no broker leads the partition now`,
      ),
    ])
  })

  it('goes on when its leader is back, at all who follow it', async () => {
    await cluster.node(ENDED).start()
    await expect.poll(async () => failed(await appendAll(DEAD, 'after'))).toEqual([])
    for (const following of [before, meanwhile]) {
      await expect.poll(() => following.hasAll('after', DEAD)).toBe(true)
      await following.stop()
    }
    await expect.poll(() => verdictsWith(PARTITIONS)).toEqual(SUBJECTS.map(() => 'fresh'))
    expect((await fetch(`${sidecar.url}/readyz`)).status).toBe(200)
  })

  it('is asked once by each client, while its broker stands still and answers nothing', async () => {
    const [one = '', paused = '', other = ''] = cluster.brokers
    const clientOf = (...brokers: string[]): Kafka =>
      createKafka({ brokers, clientId: 'freshet-test' })
    const follows = clientOf(one, paused, other)
    const begins = clientOf(paused, one, other)
    const first = follows.reader()
    const read = () => first.read(CHANGES_TOPIC, LEADERS.indexOf(PAUSED), 0n, 1)
    expect(await read()).toHaveLength(1)
    const connections = connectedPorts()
    const port = portOf(paused)
    cluster.node(PAUSED).signal('SIGSTOP')
    try {
      // Its threads stop one after the other: the first read can still be answered.
      const codeOf = () =>
        read().then(
          () => undefined,
          (error: FreshetError) => error.code,
        )
      // Without memory the second attempt would begin with the next address, which is that of the paused
      // broker.
      await expect.poll(codeOf).toBe('broker.unavailable')
      expect(connections.take()).toEqual(expect.not.arrayContaining([port]))
      expect(await begins.check()).toEqual([])
      expect(connections.take()).toContain(port)
      for (const _ of cluster.brokers) await begins.check()
      const ports = connections.take()
      expect([ports.includes(portOf(one)), ports.includes(port)]).toEqual([true, false])
    } finally {
      connections.stop()
      cluster.node(PAUSED).signal('SIGCONT')
    }
    await expect.poll(read).toHaveLength(1)
    await Promise.all([follows.close(), begins.close()])
  })
})

function portOf(broker: string): number {
  return Number(broker.split(':').at(-1))
}

/** The ports to which this process connects from now on; `take` clears them. */
function connectedPorts() {
  const ports: (number | undefined)[] = []
  const onSocket = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket }
    socket.once('connect', () => ports.push(socket.remotePort))
  }
  subscribe('net.client.socket', onSocket)
  return {
    take: () => ports.splice(0),
    stop: () => unsubscribe('net.client.socket', onSocket),
  }
}

function subjectIn(partition: number): string {
  const names = Array.from({ length: 1_000 }, (_, at) => `subject-${at}`)
  const found = names.find((sub) => partitionOf({ ...ALICE, sub }) === partition)
  if (found === undefined) throw new Error(`No name falls into partition ${partition}.`)
  return found
}

async function create(cluster: LocalCluster, topic: string): Promise<void> {
  const tool = 'org.apache.kafka.tools.TopicCommand'
  const settings = SETTINGS.flatMap((setting) => ['--config', setting])
  const placed = ['--replica-assignment', LEADERS.join(','), ...settings]
  const args = ['--create', '--topic', topic, ...placed]
  await cluster.node(1).javaTool(tool, ['--bootstrap-server', cluster.brokers.join(','), ...args])
}

function failed(settled: readonly PromiseSettledResult<unknown>[]): readonly string[] {
  return settled.flatMap((each) =>
    each.status === 'rejected' ? [(each.reason as Error).message] : [],
  )
}

type Following = ReturnType<typeof follow>

function follow(reader: LogReader) {
  const follower = recordingFollower()
  const stop = new AbortController()
  const from = new Map(PARTITIONS.map((partition) => [partition, 0n]))
  const done = reader.follow(CHANGES_TOPIC, from, follower, stop.signal)
  const valuesOf = (partition: number): readonly string[] =>
    follower.records
      .filter((record) => record.partition === partition)
      .map(({ value }) => Buffer.from(value ?? '').toString())
  return {
    until: (count: number, partitions: readonly number[]) =>
      follower.until(() => partitions.every((each) => valuesOf(each).length >= count)),
    hasAll: (value: string, partitions: readonly number[]) =>
      partitions.every((partition) => valuesOf(partition).includes(value)),
    stop: async () => {
      stop.abort()
      await done
    },
  }
}
