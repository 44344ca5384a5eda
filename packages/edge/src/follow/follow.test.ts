import { partitionOf, PARTITIONS } from '@freshet/protocol'
import {
  generateKey,
  importJwks,
  importSigningKey,
  publicJwks,
  type SigningKey,
  type VerifyKey,
} from '@freshet/wire'
import {
  ALICE,
  EDGE_ISSUER,
  edgesIn,
  edgeWorld,
  type EdgesIn,
  type EdgeWorld,
} from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../edge.ts'
import type { Fetch } from '@freshet/wire'
import { REVOCATIONS_TOPIC } from '@freshet/wire'

const HERS = partitionOf(ALICE)
let world: EdgeWorld
let edges: EdgesIn
let second: { readonly signing: SigningKey; readonly verify: VerifyKey }
let checkpointKeys: readonly VerifyKey[]

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
  const { privateJwk, publicJwk } = await generateKey('EdDSA', 'checkpoint-2')
  const [verify] = importJwks({ keys: [publicJwk] })
  if (verify === undefined) throw new Error('a set of one key is empty')
  second = { signing: importSigningKey(privateJwk), verify }
  checkpointKeys = world.keys.checkpoints
})

afterEach(() => edges.closeAll())

/** The authority's key sets as they are now. */
const fetch: Fetch = async (url) => {
  const page = url.endsWith('oauth-authorization-server')
    ? { issuer: EDGE_ISSUER, jwks_uri: `${EDGE_ISSUER}/jwks` }
    : publicJwks(url.endsWith('/jwks') ? world.keys.tokens : checkpointKeys)
  return { status: 200, body: one(Buffer.from(JSON.stringify(page))) }
}

async function* one(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk
}

const verdict = async (edge: Edge, jwt = world.token()): Promise<string> =>
  (await edge.verify(jwt)).verdict.kind

/** A token of an unknown key makes the edge look, once the last look is 30 s ago. */
async function readKeysAgain(edge: Edge): Promise<void> {
  await world.clock.advance(30_000)
  const unknown = world.token({ header: { kid: 'token-9' } })
  await edge.verify(unknown).catch(() => undefined)
  await world.liveFor(1_000)
}

describe('checkpoint keys', () => {
  it('that are published before they sign are taken over without a gap', async () => {
    const edge = await edges.live({ fetch })
    checkpointKeys = [...checkpointKeys, second.verify]
    await world.liveFor(31_000)
    world.checkpointKey = second.signing
    for (let i = 0; i < 10; i++) {
      await world.liveFor(1_000)
      expect(await verdict(edge)).toBe('fresh')
    }
  })

  it('rule 38: that come late cost trust, which a resync brings back by itself', async () => {
    const edge = await edges.live({ fetch })
    world.checkpointKey = second.signing
    await world.publish(HERS, [world.groupsLost(101n)])
    await world.liveFor(10_000)
    expect(await verdict(edge)).toBe('unverified')
    checkpointKeys = [...checkpointKeys, second.verify]
    await world.liveFor(60_000)
    expect(await verdict(edge)).toBe('stale')
    expect(await verdict(edge, world.token({ label: { e: 1n, s: 101n, c: 1n } }))).toBe('fresh')
  })

  it('take with them the records that a revoked key signed; a new root is accepted', async () => {
    const edge = await edges.live({ fetch })
    await world.publish(HERS, [world.groupsLost(10_000n)])
    await world.liveFor(1_000)
    expect(await verdict(edge)).toBe('stale')
    checkpointKeys = [second.verify]
    world.checkpointKey = second.signing
    world.newRoot()
    await world.begin()
    await readKeysAgain(edge)
    await world.liveFor(2_000)
    expect(await verdict(edge)).toBe('fresh')
    expect(edge.stats().watermarks).toBe(0)
  })

  it('that are revoked take it with them although the new root, which is base, came first', async () => {
    const edge = await edges.live({ fetch })
    checkpointKeys = [...checkpointKeys, second.verify]
    await world.liveFor(31_000)
    await world.publish(HERS, [world.groupsLost(10_000n)])
    await world.liveFor(1_000)
    world.checkpointKey = second.signing
    world.newRoot()
    await world.begin()
    await world.liveFor(2_000)
    expect(await verdict(edge)).toBe('stale')
    checkpointKeys = [second.verify]
    await readKeysAgain(edge)
    await world.liveFor(2_000)
    expect(await verdict(edge)).toBe('fresh')
  })

  it('that are revoked take with them the minimum version and the incarnation that they named', async () => {
    const edge = await edges.live({ fetch })
    checkpointKeys = [...checkpointKeys, second.verify]
    await world.liveFor(31_000)
    world.e = 9n
    await world.heartbeat({ minimumPv: 99 })
    world.e = 1n
    await world.clock.advance(0)
    expect(await verdict(edge)).toBe('stale')
    checkpointKeys = [second.verify]
    world.checkpointKey = second.signing
    world.newRoot()
    await world.begin()
    await readKeysAgain(edge)
    await world.liveFor(2_000)
    expect(await verdict(edge)).toBe('fresh')
  })

  it('that retired behind base take nothing with them', async () => {
    const edge = await edges.live({ fetch })
    checkpointKeys = [...checkpointKeys, second.verify]
    await world.liveFor(31_000)
    world.checkpointKey = second.signing
    await world.liveFor(1_000)
    // T_max + margin: base passes the last checkpoint of the old key.
    await world.clock.advance(4_200_000)
    await world.liveFor(1_000)
    world.moveBase()
    await world.publish(HERS, [world.groupsLost(10_000n)])
    await world.liveFor(1_000)
    checkpointKeys = [second.verify]
    await readKeysAgain(edge)
    expect(edge.stats().watermarks).toBe(1)
    expect(await verdict(edge)).toBe('stale')
  })
})

describe('retention', () => {
  it('rule 47: an edge that starts after it is live from the base that heartbeats name', async () => {
    await world.begin()
    await world.liveFor(3_000)
    world.moveBase()
    await world.announce(world.map)
    for (const partition of PARTITIONS) {
      const [latest] = world.log.records(REVOCATIONS_TOPIC, partition).slice(-3)
      world.log.dropBefore(REVOCATIONS_TOPIC, partition, latest?.offset ?? 0n)
    }
    const edge = await edges.start()
    await world.liveFor(2_000)
    await edge.ready()
    expect(await verdict(edge)).toBe('fresh')
  })

  it('that takes what an edge was about to read does not stop it', async () => {
    const edge = await edges.live()
    world.log.away(true)
    await world.clock.advance(6_000)
    expect(await verdict(edge)).toBe('unverified')
    world.log.away(false)
    await world.liveFor(2_000)
    expect(await verdict(edge)).toBe('fresh')
  })
})

describe('an edge that starts before its authority', () => {
  it('reads no checkpoint before it has keys, and is live at the first heartbeat after', async () => {
    await world.begin()
    let isUp = false
    const late: Fetch = async (...request) => {
      if (!isUp) throw new Error('down')
      return fetch(...request)
    }
    const edge = await edges.start({ fetch: late })
    await world.liveFor(3_000)
    expect(edge.stats()).toMatchObject({ state: 'starting', keysLoaded: false, partitions: [] })
    isUp = true
    await world.liveFor(4_000)
    expect(await verdict(edge)).toBe('fresh')
  })
})
