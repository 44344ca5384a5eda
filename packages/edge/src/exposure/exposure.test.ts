import { CONTROL_PARTITION, partitionOf, type Revocation } from '@freshet/protocol'
import {
  decodeEdgeReport,
  EDGE_REPORTS_TOPIC,
  type EdgeReport,
  type LogFollower,
  type LogReader,
} from '@freshet/wire'
import {
  ALICE,
  EDGE_ISSUER,
  edgesIn,
  edgeWorld,
  originInWorld,
  type EdgesIn,
  type EdgeWorld,
} from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../edge.ts'
import type { EdgeOptions } from '../options.ts'
import type { RouteQuestion } from '../route/decide.ts'

const HERS = partitionOf(ALICE)
const APPROVE = { name: 'POST /approve', require: { groups: ['payments-approvers'] } }
let world: EdgeWorld
let edges: EdgesIn

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
})
afterEach(() => edges.closeAll())

/** A reading that can be held. */
function holdable(reader: LogReader): { reader: LogReader; hold(): void; release(): void } {
  let opened = Promise.resolve()
  let open = (): void => undefined
  const heldBack = (follower: LogFollower): LogFollower => ({
    ...follower,
    onRecords: async (...read) => {
      await opened
      await follower.onRecords(...read)
    },
  })
  return {
    reader: {
      ...reader,
      follow: (topic, from, follower, signal) =>
        reader.follow(topic, from, heldBack(follower), signal),
    },
    hold: () => (opened = new Promise((resolve) => (open = resolve))),
    release: () => open(),
  }
}

function reportsOf(edge: string): readonly EdgeReport[] {
  return [0, 1, 2]
    .flatMap((partition) => world.log.records(EDGE_REPORTS_TOPIC, partition))
    .flatMap((record) => decodeEdgeReport(record) ?? [])
    .filter((report) => report.edge === edge)
}

const exposedBy = (edge: string): EdgeReport['exposed'] =>
  reportsOf(edge).flatMap(({ exposed = [] }) => exposed)

const appliesOf = (edge: string): readonly { allowsSinceMs?: number }[] =>
  reportsOf(edge).flatMap(({ partitions }) => partitions.flatMap(({ applies }) => applies))

/** Lets alice in so often, 50 ms apart. */
async function requests(
  count: number,
  edge: Edge,
  question: Omit<RouteQuestion, 'token'> = APPROVE,
  token = world.token(),
): Promise<void> {
  for (let i = 0; i < count; i++) {
    await world.clock.advance(50)
    await edge.decide({ ...question, token })
  }
}

/** A live edge after its first report, so that it knows the offset of the clocks. */
async function liveEdge(options: Partial<EdgeOptions> = {}): Promise<Edge> {
  const edge = await edges.live(options)
  await world.liveFor(2_000)
  return edge
}

const publishNow = async (partition: number, revocation: Revocation): Promise<void> => {
  await world.publish(partition, [revocation])
  await world.clock.advance(0)
}

describe('what was let in after a change was committed and before the edge applied it', () => {
  it('is exactly counted where the reading is held, and nothing where it is not', async () => {
    const held = holdable(world.log)
    const late = await edges.live({
      edgeId: 'late',
      revocations: { reader: held.reader, reports: world.log },
    })
    const prompt = await edges.start({ edgeId: 'prompt' })
    await world.liveFor(2_000)
    await requests(5, late)
    await requests(5, prompt)
    const commitAtMs = world.clock.nowMs()
    await world.clock.advance(1)
    held.hold()
    await publishNow(HERS, world.groupsLost(101n, 'hr-42'))
    await requests(10, late)
    await requests(3, prompt)
    held.release()
    await world.clock.advance(0)
    await requests(4, late)
    await world.liveFor(2_000)
    expect(exposedBy('late')).toEqual([
      {
        tenant: 'acme',
        partition: HERS,
        offset: expect.any(BigInt),
        change: 'hr-42',
        commitAtMs: commitAtMs + 1,
        route: 'POST /approve',
        requests: 10,
        firstAtMs: commitAtMs + 51,
        lastAtMs: commitAtMs + 501,
      },
    ])
    expect(exposedBy('prompt')).toEqual([])
    for (const edge of ['late', 'prompt']) {
      const [apply] = appliesOf(edge)
      expect(apply?.allowsSinceMs).toBeLessThan(commitAtMs)
      expect(reportsOf(edge).at(-1)?.clock).toEqual({ offsetMs: 0.5, errorMs: 0.5 })
    }
    expect(late.stats()).toMatchObject({ staleAllows: 10, allowEvictions: 0 })
  })

  it('is counted by the claims that the route uses, and by what the token carries', async () => {
    const edge = await liveEdge()
    const lost = world.groupsLost(101n)
    const both = world.token({ claims: { entitlements: ['pay'] } })
    await requests(2, edge, { name: 'GET /pay', require: { entitlements: ['pay'] } }, both)
    await requests(3, edge, { name: 'GET /groups', require: { groups: ['staff'] } }, both)
    const anew = world.token({ label: { e: 1n, s: 101n, c: 100n } })
    await requests(4, edge, APPROVE, anew)
    await requests(5, edge, APPROVE, world.token({ claims: { sub: 'bob' } }))
    await publishNow(HERS, lost)
    await world.liveFor(1_000)
    expect(exposedBy('edge-1')).toMatchObject([{ route: 'GET /groups', requests: 3 }])
  })

  const origin = () => originInWorld('sec-1', CONTROL_PARTITION, 1n, world.clock.nowMs())
  const wide: readonly (readonly [string, () => Revocation])[] = [
    [
      'account',
      () => ({ ...origin(), scope: 'account', subject: ALICE, op: 'disabled', offset: 101n }),
    ],
    [
      'value',
      () => ({ ...origin(), scope: 'value', claim: 'groups', value: 'staff', offset: 101n }),
    ],
    ['tenant', () => ({ ...origin(), scope: 'tenant', target: 'acme', offset: 101n })],
    ['client', () => ({ ...origin(), scope: 'client', target: 'payments-web', offset: 101n })],
    ['key', () => ({ ...origin(), scope: 'denial', denial: 'key', target: 'token-1' })],
    ['issuer', () => ({ ...origin(), scope: 'denial', denial: 'issuer', target: EDGE_ISSUER })],
    ['token', () => ({ ...origin(), scope: 'denial', denial: 'token', target: 'jti-1' })],
  ]
  it.each(wide)('is counted where a revocation is of an %s', async (_, revocation) => {
    const edge = await liveEdge()
    const hers = world.token()
    await requests(2, edge, APPROVE, hers)
    await world.clock.advance(1)
    const late = revocation()
    await requests(3, edge, APPROVE, hers)
    await publishNow(CONTROL_PARTITION, late)
    await requests(1, edge, APPROVE, hers)
    await world.liveFor(1_000)
    expect(exposedBy('edge-1')).toMatchObject([{ change: 'sec-1', requests: 3 }])
  })

  it('is counted once, for the change that was applied first, and never the same again', async () => {
    const edge = await liveEdge()
    const first = world.groupsLost(101n, 'hr-1')
    await requests(2, edge)
    await world.clock.advance(1)
    const second = { ...origin(), scope: 'tenant', target: 'acme', offset: 101n } as const
    await requests(3, edge)
    await publishNow(CONTROL_PARTITION, second)
    await publishNow(HERS, first)
    await publishNow(HERS, first)
    await world.liveFor(1_000)
    expect(exposedBy('edge-1')).toMatchObject([
      { change: 'sec-1', requests: 3 },
      { change: 'hr-1', requests: 2 },
    ])
  })

  it('is also what `verify` called fresh, and not what an observed route let in knowingly', async () => {
    const edge = await liveEdge()
    const lost = world.groupsLost(101n)
    const token = world.token()
    await world.clock.advance(1)
    await edge.verify(token)
    const enforce = 'observe until 2099-12-31'
    await requests(3, edge, { enforce, name: 'GET /old', require: { groups: ['none'] } }, token)
    await publishNow(HERS, lost)
    await world.liveFor(1_000)
    expect(exposedBy('edge-1')).toMatchObject([{ route: '-', requests: 1 }])
  })

  it('is a lower bound if more was allowed than can be held, and the report shows it', async () => {
    const edge = await liveEdge({ limits: { allows: 4 } })
    const lost = world.groupsLost(101n)
    await requests(10, edge)
    await publishNow(HERS, lost)
    await world.liveFor(1_000)
    expect(exposedBy('edge-1')).toMatchObject([{ requests: 4 }])
    expect(appliesOf('edge-1')[0]?.allowsSinceMs).toBeGreaterThan(lost.occurredAtMs)
    expect(reportsOf('edge-1').reduce((sum, each) => sum + (each.allows?.evictions ?? 0), 0)).toBe(
      6,
    )
  })

  it('has no subject, and is not zero, if requests are not counted', async () => {
    const edge = await liveEdge({ limits: { allows: 0 } })
    await requests(2, edge)
    await publishNow(HERS, world.groupsLost(101n))
    await edges.closeAll()
    expect(exposedBy('edge-1')).toEqual([])
    expect(appliesOf('edge-1').map(({ allowsSinceMs }) => allowsSinceMs)).toEqual([undefined])
    expect(reportsOf('edge-1').flatMap(({ used = [] }) => used)).toEqual([])
  })

  it('does not rest on the wall clock of the edge, which the report has', async () => {
    const { clock } = world
    const timer = {
      nowMs: () => clock.nowMs() + 1_500,
      monotonicMs: () => clock.monotonicMs(),
      sleep: (...args: Parameters<typeof clock.sleep>) => clock.sleep(...args),
    }
    const edge = await liveEdge({ timer })
    await requests(2, edge)
    await clock.advance(1)
    const lost = world.groupsLost(101n)
    await requests(3, edge)
    await publishNow(HERS, lost)
    await world.liveFor(1_000)
    expect(exposedBy('edge-1')).toMatchObject([
      { requests: 3, firstAtMs: lost.occurredAtMs + 50, lastAtMs: lost.occurredAtMs + 150 },
    ])
    expect(reportsOf('edge-1').at(-1)?.clock).toEqual({ offsetMs: -1_499.5, errorMs: 0.5 })
  })

  it('begins at the append of the revocation at the latest, by any clock of a source', async () => {
    const edge = await liveEdge()
    const lost = { ...world.groupsLost(101n), occurredAtMs: world.clock.nowMs() + 3_600_000 }
    await requests(2, edge)
    await publishNow(HERS, lost)
    await world.liveFor(1_000)
    expect(exposedBy('edge-1')).toMatchObject([{ requests: 1, commitAtMs: lost.occurredAtMs }])
  })

  it('is sent again until a report is acknowledged', async () => {
    let isAway = false
    const reports: EdgeOptions['revocations']['reports'] = {
      append: async (...appended) => {
        if (isAway) throw new Error('away')
        return world.log.append(...appended)
      },
    }
    const edge = await edges.live({ revocations: { reader: world.log, reports } })
    await world.liveFor(2_000)
    const lost = world.groupsLost(101n)
    await requests(2, edge)
    isAway = true
    await publishNow(HERS, lost)
    await world.liveFor(3_000)
    expect(exposedBy('edge-1')).toEqual([])
    isAway = false
    await world.liveFor(3_000)
    expect(exposedBy('edge-1')).toMatchObject([{ requests: 2 }])
  })
})

describe('reports', () => {
  it('are numbered within a start of the edge, and the next start has another name', async () => {
    await liveEdge()
    await edges.closeAll()
    await edges.start()
    await world.liveFor(2_000)
    const reports = reportsOf('edge-1')
    const starts = [...new Set(reports.map(({ start }) => start))]
    expect(starts).toHaveLength(2)
    for (const start of starts) {
      const numbers = reports.filter((each) => each.start === start).map(({ n }) => n)
      expect(numbers).toEqual(numbers.map((_, n) => n))
    }
  })

  it('count how often each claim was used by a route, and how much of it, in numbers alone', async () => {
    const edge = await liveEdge()
    await requests(3, edge)
    await requests(2, edge, { name: 'GET /any' })
    await edges.closeAll()
    const used = reportsOf('edge-1').flatMap((report) => report.used ?? [])
    const of = { audience: 'payments', claim: 'groups' }
    expect(used).toEqual([
      { ...of, route: 'POST /approve', decisions: 3, required: 3, needed: 3, carried: 6 },
      { ...of, route: 'GET /any', decisions: 2, required: 0, needed: 0, carried: 0 },
    ])
    expect(JSON.stringify(used)).not.toContain('staff')
  })
})
