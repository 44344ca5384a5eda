import { createIntake } from '@freshet/intake'
import { MemoryDatabase, memoryStampStore } from '@freshet/memory'
import { decodeEdgeReport, EDGE_REPORTS_TOPIC } from '@freshet/wire'
import {
  acmeRegistry,
  edgesIn,
  edgeWorld,
  igaChange,
  ManualClock,
  plannedWriter,
  TEST_MAC_KEY,
} from '@freshet/testkit'
import { PARTITIONS } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'

describe('the same service started twice', () => {
  it('two gateways give each event one stamp and one record, whichever is asked', async () => {
    const clock = new ManualClock()
    const writer = plannedWriter(() => clock.nowMs())
    const database = new MemoryDatabase()
    const gateway = () =>
      createIntake({
        registry: acmeRegistry(),
        store: memoryStampStore(database, clock),
        writer,
        macKey: () => TEST_MAC_KEY,
        timer: clock,
      })
    const [one, other] = [gateway(), gateway()]
    const numbers = [1n, 2n, 3n, 4n]
    for (const number of numbers) {
      const send = { change: igaChange(number) }
      const answers = await Promise.all([
        one.acceptChanges('iga', [send]),
        other.acceptChanges('iga', [send]),
      ])
      expect(answers.flat().map(({ ok }) => ok)).toEqual([true, true])
    }
    const records = PARTITIONS.flatMap((partition) => writer.records(partition))
    const ids = new Set(
      records.map(({ headers }) => Buffer.from(headers['ce_id'] ?? []).toString()),
    )
    expect(ids.size).toBe(numbers.length)
    expect(database.stamps.values()).toHaveLength(numbers.length)
  })

  it('two sidecars of the same edge id each judge by their own view, and report as one edge', async () => {
    const world = await edgeWorld()
    const edges = edgesIn(world)
    const first = await edges.live({ edgeId: 'twin' })
    const second = await edges.start({ edgeId: 'twin' })
    await world.liveFor(2_000)
    await second.ready()
    const question = { token: world.token(), require: { groups: ['staff'] } }
    for (const edge of [first, second]) expect((await edge.decide(question)).decision).toBe('allow')
    await world.liveFor(2_000)
    const reports = PARTITIONS.flatMap((partition) =>
      world.log.records(EDGE_REPORTS_TOPIC, partition).map((record) => decodeEdgeReport(record)),
    )
    expect(new Set(reports.map((report) => report?.edge))).toEqual(new Set(['twin']))
    // Each process has a start of its own: the console shows one edge, in conflict.
    expect(new Set(reports.map((report) => report?.start)).size).toBe(2)
    await edges.closeAll()
  })
})
