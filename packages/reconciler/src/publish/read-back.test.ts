import type { CheckpointRef } from '@freshet/protocol'
import {
  encodeCheckpoint,
  generateKey,
  importJwks,
  importSigningKey,
  recordsHash,
  REVOCATIONS_TOPIC,
  type LogRecord,
  type OutgoingRecord,
  type SigningKey,
  type VerifyKey,
} from '@freshet/wire'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import type { SentBatch } from './publish-rows.ts'
import { NOWHERE, readPathBack, type Found } from './read-back.ts'

const HERE = 2
const rubbish: OutgoingRecord = { key: null, value: new Uint8Array([1]), headers: {} }

let key: SigningKey
let stranger: SigningKey
let believed: readonly VerifyKey[]
let records: LogRecord[]
let linked: CheckpointRef

beforeAll(async () => {
  const [ours, theirs] = [await generateKey('EdDSA', 'k1'), await generateKey('EdDSA', 'k1')]
  key = importSigningKey(ours.privateJwk)
  stranger = importSigningKey(theirs.privateJwk)
  believed = importJwks({ keys: [ours.publicJwk] })
})

beforeEach(async () => {
  records = []
  linked = await checkpoint('linked')
})

function put(record: OutgoingRecord, at: number = records.length): void {
  const offset = BigInt(at)
  records[at] = { ...record, topic: REVOCATIONS_TOPIC, partition: HERE, offset, appendedAtMs: 0 }
}

async function checkpoint(nonce: string, e = 1n, by = key): Promise<CheckpointRef> {
  const bare = { e, partition: HERE, generation: 1n, previous: null, nonce, count: 0 }
  const { record, hash } = await encodeCheckpoint({ ...bare, recordsHash: recordsHash([]) }, by)
  put(record)
  return { hash, offset: BigInt(records.length - 1) }
}

/** Returns a row, and the checkpoint that ends it. */
async function batch(name: string): Promise<SentBatch> {
  const from = BigInt(records.length)
  put(rubbish)
  return { from, checkpoint: await checkpoint(name) }
}

function readBack(...batches: readonly SentBatch[]): Promise<Found> {
  const reader = {
    bounds: () => Promise.resolve([]),
    follow: () => Promise.resolve(),
    read: (_topic: string, _partition: number, from: bigint, limit: number) =>
      Promise.resolve(records.slice(Number(from), Number(from) + limit)),
  }
  return readPathBack({ reader, keys: { published: () => believed } }, HERE, linked, batches)
}

it('finds a path intact where what was linked to and all batches but the last stand (rule 44)', async () => {
  const [first, second] = [await batch('first'), await batch('second')]
  put(rubbish, Number(second.checkpoint.offset))
  expect(await readBack(first, second)).toEqual({ isIntact: true, latest: NOWHERE })
})

it('misses what was linked to, and each batch between (rule 44)', async () => {
  const [first, second, third] = [await batch('1'), await batch('2'), await batch('3')]
  for (const { offset } of [linked, first.checkpoint, second.checkpoint]) {
    const held = records[Number(offset)]
    put(rubbish, Number(offset))
    expect((await readBack(first, second, third)).isIntact).toBe(false)
    if (held !== undefined) put(held, Number(offset))
  }
  expect((await readBack(first, second, third)).isIntact).toBe(true)
})

it('reports an authentic later incarnation in between, and no forged one (rule 28)', async () => {
  await checkpoint('forged', 9n, stranger)
  const first = await batch('first')
  expect(await readBack(first)).toEqual({ isIntact: true, latest: NOWHERE })
  await checkpoint('late', 2n)
  const second = await batch('second')
  expect(await readBack(first, second)).toEqual({ isIntact: true, latest: { e: 2n, offset: 0n } })
})
