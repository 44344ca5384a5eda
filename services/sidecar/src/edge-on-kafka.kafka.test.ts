import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { partitionOf } from '@freshet/protocol'
import { createEdge, type Edge } from '@freshet/edge'
import { EDGE_REPORTS_TOPIC, REVOCATIONS_TOPIC } from '@freshet/wire'
import { decodeEdgeReport, type LogReader, type LogWriter } from '@freshet/wire'
import { createKafka, planTopics } from '@freshet/kafka'
import { systemClock } from '@freshet/runtime'
import {
  ALICE,
  EDGE_AUDIENCE,
  EDGE_ISSUER,
  edgeWorld,
  ManualClock,
  type EdgeWorld,
} from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'

const brokers = inject('kafkaBrokers')
const run = randomUUID().slice(0, 8)
const named = (topic: string): string => `${topic}-${run}`
const WAIT = { timeout: 20_000, interval: 50 }

/** The broker is shared with other suites, so this one has topics of its own. */
function ownReader(reader: LogReader): LogReader {
  return {
    bounds: (topic) => reader.bounds(named(topic)),
    read: (topic, ...rest) => reader.read(named(topic), ...rest),
    follow: (topic, ...rest) => reader.follow(named(topic), ...rest),
  }
}

/** A topic that was just made may have no leader for a moment. */
function ownWriter(writer: LogWriter): LogWriter {
  return {
    append: (topic, ...rest) => vi.waitFor(() => writer.append(named(topic), ...rest), WAIT),
  }
}

describe.runIf(brokers !== null)('an edge on a real broker', () => {
  const kafka = createKafka({ brokers: brokers ?? [], clientId: 'freshet-test' })
  const writer = ownWriter(kafka.writer())
  const clock = new ManualClock(systemClock.nowMs())
  let world: EdgeWorld
  let edge: Edge | undefined

  const sendHeartbeat = async (): Promise<void> => {
    clock.jumpWall(systemClock.nowMs() - clock.nowMs())
    await world.heartbeat()
  }
  const verdict = async (jwt: string): Promise<string | undefined> =>
    (await edge?.verify(jwt))?.verdict.kind

  beforeAll(async () => {
    const plans = planTopics(
      readFileSync(new URL('../../../infra/topics.yaml', import.meta.url), 'utf8'),
      { development: true },
    )
    const used = plans.filter(({ name }) => [REVOCATIONS_TOPIC, EDGE_REPORTS_TOPIC].includes(name))
    await kafka.topics.apply(used.map((plan) => ({ ...plan, name: named(plan.name) })))
    world = await edgeWorld(clock, writer)
    await world.begin()
    edge = await createEdge({
      issuer: EDGE_ISSUER,
      audience: EDGE_AUDIENCE,
      keys: world.keys,
      edgeId: 'on-kafka',
      revocations: { reader: ownReader(kafka.reader()), reports: writer },
    })
  })

  afterAll(async () => {
    await edge?.close()
    await kafka.topics.remove([named(REVOCATIONS_TOPIC), named(EDGE_REPORTS_TOPIC)])
    await kafka.close()
  })

  it('becomes live by a heartbeat after its start and calls a token fresh', async () => {
    const jwt = world.token()
    await vi.waitFor(async () => {
      await sendHeartbeat()
      expect(edge?.stats().state).toBe('live')
    }, WAIT)
    await edge?.ready()
    expect(await verdict(jwt)).toBe('fresh')
  })

  it('refuses a token as soon as its revocation was published', async () => {
    await sendHeartbeat()
    const jwt = world.token()
    expect(await verdict(jwt)).toBe('fresh')
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n, 'hr-42')])
    await vi.waitFor(async () => expect(await verdict(jwt)).toBe('stale'), WAIT)
  })

  it('withdraws trust by itself when heartbeats stop, and gives it back when they return', async () => {
    await sendHeartbeat()
    const jwt = world.token({ label: { e: 1n, s: 500n, c: 500n } })
    await vi.waitFor(async () => expect(await verdict(jwt)).toBe('fresh'), WAIT)
    await vi.waitFor(async () => expect(await verdict(jwt)).toBe('unverified'), WAIT)
    await vi.waitFor(async () => {
      await sendHeartbeat()
      expect(await verdict(jwt)).toBe('fresh')
    }, WAIT)
  })

  it('reports what it applied', async () => {
    await vi.waitFor(async () => {
      const reader = kafka.reader()
      const bounds = await reader.bounds(named(EDGE_REPORTS_TOPIC))
      const records = await Promise.all(
        bounds.map(({ partition, earliest }) =>
          reader.read(named(EDGE_REPORTS_TOPIC), partition, earliest, 1_000),
        ),
      )
      const reports = records.flat().map((record) => decodeEdgeReport(record))
      const applies = reports.flatMap((each) => each?.partitions[partitionOf(ALICE)]?.applies ?? [])
      expect(reports.map((each) => each?.state)).toContain('live')
      expect(applies).toHaveLength(1)
    }, WAIT)
  })
})
