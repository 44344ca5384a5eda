import { partitionOf } from '@freshet/protocol'
import {
  decodeApplied,
  encodeCheckpoint,
  encodeRevocation,
  generateKey,
  importJwks,
  importSigningKey,
  readCheckpoint,
  recordHash,
  recordsHash,
  type LogRecord,
  type ReadCheckpoint,
  type SigningKey,
  type VerifyKey,
} from '@freshet/wire'
import { ALICE, edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { KeySets } from '../keys/discover-keys.ts'
import { decodeAppliedOnce, readCheckpointOnce, recordHashOnce } from './read-once.ts'
import { VerifiedCheckpoints } from './verified-checkpoints.ts'

interface Pair {
  readonly signing: SigningKey
  readonly verify: VerifyKey
}

async function pairOf(kid: string): Promise<Pair> {
  const { privateJwk, publicJwk } = await generateKey('EdDSA', kid)
  const [verify] = importJwks({ keys: [publicJwk] })
  if (verify === undefined) throw new Error('a set of one key is empty')
  return { signing: importSigningKey(privateJwk), verify }
}

let one: Pair
/** Another key of the same name. */
let other: Pair
let read: ReadCheckpoint

beforeAll(async () => {
  one = await pairOf('cp-1')
  other = await pairOf('cp-1')
  const plan = { e: 1n, partition: 1, generation: 1n, previous: null, nonce: 'n', count: 0 }
  const { record } = await encodeCheckpoint({ ...plan, recordsHash: recordsHash([]) }, one.signing)
  const found = readCheckpoint(record)
  if (found === undefined) throw new Error('no checkpoint')
  read = found
})

describe('checkpoints that were verified', () => {
  it('are known by the key, the signature and every byte of the value, not by a name or a part', () => {
    const verified = new VerifiedCheckpoints(10)
    expect(verified.verify(read, one.verify)).toBe(true)
    expect(verified.verify(read, one.verify)).toBe(true)
    expect(verified.size).toBe(1)
    const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      return changed
    }
    for (let at = 0; at < read.value.length; at += 1)
      expect(verified.verify({ ...read, value: flipped(read.value, at) }, one.verify)).toBe(false)
    for (let at = 0; at < read.signature.length; at += 1) {
      const signature = flipped(read.signature, at)
      expect(verified.verify({ ...read, signature }, one.verify)).toBe(false)
    }
    expect(verified.verify(read, other.verify)).toBe(false)
    expect(verified.verify({ ...read, kid: 'cp-2' }, one.verify)).toBe(false)
    expect(verified.size).toBe(1)
  })

  it('are the same for every edge that was given the key by itself', async () => {
    const verified = new VerifiedCheckpoints(10)
    const [again] = importJwks({
      keys: [{ ...one.verify.key.export({ format: 'jwk' }), kid: 'cp-1', alg: 'EdDSA' }],
    })
    if (again === undefined) throw new Error('no key')
    expect(verified.verify(read, one.verify)).toBe(true)
    expect(verified.verify(read, again)).toBe(true)
    expect(verified.size).toBe(1)
  })

  it('are forgotten, oldest first, beyond the limit', async () => {
    const verified = new VerifiedCheckpoints(2)
    for (let nonce = 0; nonce < 5; nonce += 1) {
      const plan = { e: 1n, partition: 1, generation: 1n, previous: null, nonce: `n${nonce}` }
      const whole = { ...plan, count: 0, recordsHash: recordsHash([]) }
      const next = readCheckpoint((await encodeCheckpoint(whole, one.signing)).record)
      if (next) expect(verified.verify(next, one.verify)).toBe(true)
    }
    expect(verified.size).toBe(2)
  })
})

describe('a checkpoint that was read', () => {
  const recordOf = async (nonce: string): Promise<LogRecord> => {
    const plan = { e: 1n, partition: 1, generation: 1n, previous: null, nonce, count: 0 }
    const whole = { ...plan, recordsHash: recordsHash([]) }
    const { record } = await encodeCheckpoint(whole, one.signing)
    return { ...record, topic: 't', partition: 1, offset: 0n, appendedAtMs: 0 }
  }

  it('is the same for all who are handed the same record, and for no other record', async () => {
    const record = await recordOf('a')
    expect(readCheckpointOnce(record)).toBe(readCheckpointOnce(record))
    expect(readCheckpointOnce(record)).toEqual(readCheckpoint(record))
    const like = { ...record, value: (await recordOf('b')).value }
    expect(readCheckpointOnce(like)?.checkpoint.nonce).toBe('b')
    expect(readCheckpointOnce({ ...record, headers: {} })).toBeUndefined()
    const broken = { ...record, value: Buffer.from('{') }
    expect([readCheckpointOnce(broken), readCheckpointOnce(broken)]).toEqual([undefined, undefined])
  })
})

describe('what else was read of a record', () => {
  it('is the same for all who are handed the same record, and for no other record', async () => {
    const world = await edgeWorld()
    const log = { topic: 't', partition: partitionOf(ALICE), offset: 0n, appendedAtMs: 0 }
    const lost = (offset: bigint) =>
      encodeRevocation(world.groupsLost(offset), { issuer: 'https://tokens.example' })
    const record: LogRecord = { ...log, ...lost(101n) }
    const like: LogRecord = { ...log, ...lost(102n) }
    expect(decodeAppliedOnce(record)).toBe(decodeAppliedOnce(record))
    for (const each of [record, like, record]) {
      expect(recordHashOnce(each)).toBe(recordHash(each))
      expect(decodeAppliedOnce(each)).toEqual(decodeApplied(each))
    }
    expect(recordHashOnce(record)).not.toBe(recordHashOnce(like))
  })
})

describe('two edges of one process', () => {
  const open: EdgesIn[] = []

  afterEach(async () => {
    for (const edges of open.splice(0)) await edges.closeAll()
  })

  const live = async (world: EdgeWorld, keys: KeySets) => {
    const edges = edgesIn(world)
    open.push(edges)
    const edge = await edges.start({ keys })
    await world.liveFor(2_000)
    return edge
  }

  it('do not believe what only the other’s keys vouch for', async () => {
    const world = await edgeWorld()
    await world.begin()
    const believing = await live(world, world.keys)
    const { verify: namesake } = await pairOf('checkpoint-1')
    const revoked = await live(world, { ...world.keys, checkpoints: [namesake] })
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
    await world.liveFor(1_000)
    expect(believing.stats()).toMatchObject({ state: 'live', watermarks: 1 })
    expect(revoked.stats()).toMatchObject({ state: 'starting', watermarks: 0 })
  })
})
