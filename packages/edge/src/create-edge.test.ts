import { CONTROL_PARTITION, partitionOf, PARTITIONS, type Revocation } from '@freshet/protocol'
import {
  encodeCheckpoint,
  encodeRevocation,
  generateKey,
  importSigningKey,
  recordsHash,
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
import type { Edge } from './edge.ts'
import { REVOCATIONS_TOPIC } from '@freshet/wire'

const HERS = partitionOf(ALICE)
let world: EdgeWorld
let edges: EdgesIn

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
})

afterEach(async () => {
  await edges.closeAll()
})

const verdictOf = async (edge: Edge, jwt: string, claim = 'groups'): Promise<unknown> =>
  (await edge.verify(jwt, { uses: [claim] })).verdict

const UNVERIFIED = { kind: 'unverified', source: 'freshet' }

describe('an edge', () => {
  it('calls fresh a claim without a revocation, and stale one that a checkpointed revocation took', async () => {
    const edge = await edges.live()
    const jwt = world.token()
    const { claims, verdict, verdicts } = await edge.verify(jwt)
    expect(verdict).toEqual({ kind: 'fresh' })
    expect([...verdicts.keys()]).toEqual(['groups'])
    await world.publish(HERS, [world.groupsLost(101n, 'hr-42')])
    await world.clock.advance(0)
    const stale = { kind: 'stale', reason: 'claim-changed', change: 'hr-42' }
    expect(edge.judge(claims)).toEqual(stale)
    expect(await verdictOf(edge, jwt)).toEqual(stale)
    const anew = world.token({ label: { e: 1n, s: 101n, c: 100n } })
    expect(await verdictOf(edge, anew)).toEqual({ kind: 'fresh' })
  })

  it('returns the same answer without building one while all is fresh', async () => {
    const edge = await edges.live()
    const jwt = world.token()
    const first = await edge.verify(jwt)
    expect(await edge.verify(jwt)).toBe(first)
  })

  it('judges a token without authoritative claims by its account and cut-offs', async () => {
    const edge = await edges.live()
    const jwt = world.token({ claims: { groups: undefined } })
    expect([...(await edge.verify(jwt)).verdicts]).toEqual([['', { kind: 'fresh' }]])
    const disabled: Revocation = {
      ...originInWorld('hr-7', CONTROL_PARTITION, 1n, world.clock.nowMs()),
      scope: 'account',
      subject: ALICE,
      op: 'disabled',
      offset: 101n,
    }
    await world.publish(CONTROL_PARTITION, [disabled])
    await world.clock.advance(0)
    const stale = { kind: 'stale', reason: 'account', change: 'hr-7' }
    expect((await edge.verify(jwt)).verdict).toEqual(stale)
  })
})

describe('rule 17: an edge that starts', () => {
  it('is unverified until a heartbeat stands after the end that it saw', async () => {
    await world.begin()
    const edge = await edges.start()
    const jwt = world.token()
    expect(await verdictOf(edge, jwt)).toMatchObject({ kind: 'unverified' })
    expect(edge.stats().state).toBe('starting')
    await world.liveFor(1_000)
    await edge.ready()
    expect(await verdictOf(edge, jwt)).toEqual({ kind: 'fresh' })
    expect(edge.stats().state).toBe('live')
  })

  it('needs that heartbeat in every partition that judges the token (rule 14)', async () => {
    await world.begin()
    const edge = await edges.start()
    const jwt = world.token()
    await world.liveFor(1_000, { partitions: PARTITIONS.filter((each) => each !== HERS) })
    expect(await verdictOf(edge, jwt)).toMatchObject({ kind: 'unverified', source: 'hr' })
    await world.heartbeat({ partitions: [HERS] })
    await world.clock.advance(0)
    expect(await verdictOf(edge, jwt)).toEqual({ kind: 'fresh' })
  })

  it('knows what was revoked before it came', async () => {
    await world.begin()
    await world.publish(HERS, [world.groupsLost(101n)])
    const edge = await edges.start()
    await world.liveFor(1_000)
    expect(await verdictOf(edge, world.token())).toMatchObject({ kind: 'stale' })
  })
})

describe('rule 16: silence', () => {
  it('withdraws trust at the end of the lease, and gives it back without a hand', async () => {
    const edge = await edges.live()
    const jwt = world.token()
    await world.clock.advance(5_000)
    expect(await verdictOf(edge, jwt)).toEqual({ kind: 'fresh' })
    await world.clock.advance(1)
    expect(await verdictOf(edge, jwt)).toMatchObject({ kind: 'unverified', source: 'hr' })
    await world.liveFor(1_000)
    expect(await verdictOf(edge, jwt)).toEqual({ kind: 'fresh' })
  })

  it('silence of one source withdraws trust in its own claims alone (rule 15)', async () => {
    const claims = { entitlements: ['pay'] }
    const edge = await edges.live()
    const jwt = world.token({ claims })
    const silentSinceMs = world.clock.nowMs()
    await world.liveFor(31_000, { through: { iga: silentSinceMs } })
    const unverified = { kind: 'unverified', source: 'iga', sinceMs: silentSinceMs }
    expect(await verdictOf(edge, jwt, 'entitlements')).toEqual(unverified)
    expect(await verdictOf(edge, jwt, 'groups')).toEqual({ kind: 'fresh' })
  })

  it('silence of a cut-off source withdraws trust in everything (rule 15)', async () => {
    const edge = await edges.live()
    const silentSinceMs = world.clock.nowMs()
    const jwt = world.token()
    await world.liveFor(6_000, { through: { security: silentSinceMs } })
    expect(await verdictOf(edge, jwt)).toMatchObject({ kind: 'unverified', source: 'security' })
  })

  it('is not ended by a replayed heartbeat (rule 38)', async () => {
    const edge = await edges.live()
    const jwt = world.token()
    const frozen = world.clock.nowMs()
    const through = { hr: frozen, iga: frozen, security: frozen }
    await world.liveFor(6_000, { through })
    expect(await verdictOf(edge, jwt)).toMatchObject({ kind: 'unverified' })
  })

  it('is detected beside a wall clock that jumps: either clock alone withdraws trust', async () => {
    const edge = await edges.live()
    const { claims } = await edge.verify(world.token())
    world.clock.jumpWall(-3_000)
    expect(edge.judge(claims)).toMatchObject({ kind: 'unverified', source: 'hr' })
    world.clock.jumpWall(3_000)
    expect(edge.judge(claims)).toEqual({ kind: 'fresh' })
    world.clock.jumpWall(5_001)
    expect(edge.judge(claims)).toMatchObject({ kind: 'unverified', source: 'hr' })
  })
})

describe('rule 18: a new incarnation', () => {
  it('makes older tokens stale, and later ones unverified where it is not known yet', async () => {
    const edge = await edges.live()
    const old = world.token()
    const later = world.token({ label: { e: 2n, s: 1n, c: 1n } })
    expect(await verdictOf(edge, later)).toEqual(UNVERIFIED)
    world.e = 2n
    await world.heartbeat()
    await world.clock.advance(0)
    expect(await verdictOf(edge, old)).toEqual({ kind: 'stale', reason: 'incarnation' })
    expect(await verdictOf(edge, later)).toEqual({ kind: 'fresh' })
  })

  it('does not make its tokens stale by watermarks of the old one (rule 26)', async () => {
    const edge = await edges.live()
    await world.publish(HERS, [world.groupsLost(9_000n)])
    world.e = 2n
    await world.liveFor(1_000)
    const anew = world.token({ label: { e: 2n, s: 1n, c: 1n } })
    expect(await verdictOf(edge, anew)).toEqual({ kind: 'fresh' })
  })
})

describe('rule 19: nothing unsigned enters', () => {
  it('a forged record without a checkpoint changes nothing', async () => {
    const edge = await edges.live()
    const forged = encodeRevocation(world.groupsLost(9_999n), { issuer: EDGE_ISSUER })
    await world.log.append(REVOCATIONS_TOPIC, HERS, [forged])
    await world.clock.advance(0)
    expect(await verdictOf(edge, world.token())).toEqual({ kind: 'fresh' })
  })

  it('a checkpoint by an unpublished key changes nothing (rule 45)', async () => {
    const edge = await edges.live()
    const { privateJwk } = await generateKey('EdDSA', 'checkpoint-1')
    const records = [encodeRevocation(world.groupsLost(9_999n), { issuer: EDGE_ISSUER })]
    const root = { e: 1n, partition: HERS, generation: 9n, previous: null, nonce: 'forged' }
    const checkpoint = { ...root, count: 1, recordsHash: recordsHash(records) }
    const { record } = await encodeCheckpoint(checkpoint, importSigningKey(privateJwk))
    await world.log.append(REVOCATIONS_TOPIC, HERS, [...records, record])
    await world.clock.advance(0)
    expect(await verdictOf(edge, world.token())).toEqual({ kind: 'fresh' })
    const good = await encodeCheckpoint(checkpoint, world.checkpointKey)
    await world.log.append(REVOCATIONS_TOPIC, HERS, [...records, good.record])
    await world.clock.advance(0)
    expect(await verdictOf(edge, world.token())).toMatchObject({ kind: 'stale' })
  })

  it('a signed batch that cannot be read makes everything unverified, not forgotten', async () => {
    const edge = await edges.live()
    await world.publishRecords(HERS, [{ key: null, value: Buffer.from('{}'), headers: {} }])
    await world.clock.advance(0)
    expect(await verdictOf(edge, world.token())).toMatchObject({ kind: 'unverified' })
    expect(edge.stats()).toMatchObject({ state: 'unverified', isOverflowing: true })
  })
})

describe('rule 21: the claim map', () => {
  it('that heartbeats name must be held, or nothing is fresh', async () => {
    const edge = await edges.live()
    const jwt = world.token()
    const map = { ...world.map, version: 2, account: 'iga' }
    await world.heartbeat({ map })
    await world.clock.advance(0)
    expect(await verdictOf(edge, jwt)).toEqual(UNVERIFIED)
    await world.announce(map)
    await world.heartbeat({ map, through: { hr: world.clock.nowMs() + 1 } })
    await world.clock.advance(0)
    expect(await verdictOf(edge, jwt)).toEqual({ kind: 'fresh' })
    expect(edge.stats().mapVersion).toBe(2)
  })

  it('comes with a minimum below which tokens are stale', async () => {
    const edge = await edges.live()
    await world.heartbeat({ minimumPv: 2 })
    await world.clock.advance(0)
    const stale = { kind: 'stale', reason: 'policy-version' }
    expect(await verdictOf(edge, world.token())).toEqual(stale)
    expect(await verdictOf(edge, world.token({ pv: 2 }))).toEqual({ kind: 'fresh' })
  })
})

describe('rule 23: a denial', () => {
  it.each([
    ['key', 'token-1'],
    ['issuer', EDGE_ISSUER],
    ['token', 'jti-1'],
  ] as const)('holds for a %s against any label', async (kind, target) => {
    const edge = await edges.live()
    const jwt = world.token({ label: { e: 1n, s: 10n ** 15n, c: 10n ** 15n } })
    expect(await verdictOf(edge, jwt)).toEqual({ kind: 'fresh' })
    const origin = originInWorld('sec-1', CONTROL_PARTITION, 1n, world.clock.nowMs())
    await world.publish(CONTROL_PARTITION, [{ ...origin, scope: 'denial', denial: kind, target }])
    await world.clock.advance(0)
    const stale = { kind: 'stale', reason: `${kind}-denied`, change: 'sec-1' }
    expect(await verdictOf(edge, jwt)).toEqual(stale)
  })
})
