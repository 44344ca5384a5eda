import { partitionOf } from '@freshet/protocol'
import {
  decodeEdgeReport,
  EDGE_REPORTS_TOPIC,
  edgeReportPartition,
  REFUSED_ROUTES_MAX,
  type EdgeReport,
} from '@freshet/wire'
import { ALICE, edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const require = { groups: ['payments-approvers'] }
let world: EdgeWorld
let edges: EdgesIn

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
})

afterEach(async () => {
  await edges.closeAll()
})

function reports(): readonly EdgeReport[] {
  const records = world.log.records(EDGE_REPORTS_TOPIC, edgeReportPartition('edge-1'))
  return records.flatMap((record) => decodeEdgeReport(record) ?? [])
}

const last = (): EdgeReport | undefined => reports().at(-1)

describe('a report', () => {
  it('names the silent source and the time since which, and none after it sends again', async () => {
    await edges.live()
    await world.liveFor(1_000)
    const clean = { isOutOfView: false, sources: [], more: 0 }
    expect(last()?.unverified).toEqual(clean)
    const sinceMs = world.clock.nowMs()
    await world.liveFor(7_000, { through: { hr: sinceMs } })
    expect(last()?.state).toBe('live')
    expect(last()?.unverified).toEqual({
      ...clean,
      sources: [{ tenant: 'acme', source: 'hr', sinceMs }],
    })
    await world.liveFor(2_000)
    expect(last()?.unverified).toEqual(clean)
  })

  it('names no source within the lease (control)', async () => {
    await edges.live()
    await world.liveFor(4_000, { through: { hr: world.clock.nowMs() } })
    expect(last()?.unverified?.sources).toEqual([])
  })

  it('reports that the view itself is out, in place of every source', async () => {
    await edges.live()
    await world.clock.advance(8_000)
    expect(last()).toMatchObject({
      state: 'unverified',
      unverified: { isOutOfView: true, sources: [] },
    })
  })

  it('counts denials by reason: unverified is not stale', async () => {
    const edge = await edges.live()
    const token = world.token()
    const wanted = { groups: ['payments-approvers', 'auditors'] }
    await edge.decide({ token, require: wanted })
    await world.liveFor(7_000, { through: { hr: world.clock.nowMs() } })
    await edge.decide({ token, require })
    await edge.decide({ token, require })
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
    await world.liveFor(1_000)
    await edge.decide({ token, require })
    await world.liveFor(2_000)
    const sum = { stale: 0, unverified: 0, insufficient: 0, other: 0 }
    for (const { denied } of reports())
      for (const reason of ['stale', 'unverified', 'insufficient', 'other'] as const)
        sum[reason] += denied?.[reason] ?? 0
    expect(sum).toEqual({ stale: 1, unverified: 2, insufficient: 1, other: 0 })
    const denies = reports().reduce((all, { decisions }) => all + decisions.deny, 0)
    expect(denies).toBe(4)
  })

  it('names the routes that refused because a claim is unverified, with their requests', async () => {
    const edge = await edges.live()
    const token = world.token()
    const ask = (name: string | undefined, count: number): Promise<unknown> =>
      Promise.all(
        Array.from({ length: count }, () =>
          edge.decide({ token, require, ...(name !== undefined && { name }) }),
        ),
      )
    await ask('POST /approve', 1)
    await world.liveFor(7_000, { through: { hr: world.clock.nowMs() } })
    await ask(undefined, 1)
    await ask('POST /approve', 3)
    await edge.decide({ token, require: { groups: ['auditors'] }, name: 'GET /audit' })
    await world.liveFor(2_000)
    const where = { tenant: 'acme', audience: 'payments', claims: ['groups'] }
    expect(reports().flatMap(({ refused = [] }) => refused)).toEqual([
      { ...where, route: 'POST /approve', requests: 3 },
      { ...where, route: '-', requests: 1 },
    ])
  })

  it('names as many of these routes as it can carry, those with the most requests', async () => {
    const edge = await edges.live()
    const token = world.token()
    await world.liveFor(7_000, { through: { hr: world.clock.nowMs() } })
    for (let n = 0; n < REFUSED_ROUTES_MAX + 1; n += 1)
      await edge.decide({ token, require, name: `GET /${n}` })
    await edge.decide({ token, require, name: `GET /${REFUSED_ROUTES_MAX}` })
    await world.liveFor(1_000)
    const refused = reports().flatMap((report) => report.refused ?? [])
    expect(refused).toHaveLength(REFUSED_ROUTES_MAX)
    expect(refused[0]).toMatchObject({ route: `GET /${REFUSED_ROUTES_MAX}`, requests: 2 })
  })

  it('without a denial has no count of them (control)', async () => {
    const edge = await edges.live()
    await edge.decide({ token: world.token(), require })
    await world.liveFor(2_000)
    expect(reports().reduce((all, { decisions }) => all + decisions.allow, 0)).toBe(1)
    for (const report of reports()) {
      expect(report).not.toHaveProperty('denied')
      expect(report).not.toHaveProperty('refused')
    }
  })
})
