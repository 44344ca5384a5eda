import { partitionOf } from '@freshet/protocol'
import {
  encodeCheckpoint,
  generateKey,
  importSigningKey,
  readCheckpoint,
  recordsHash,
  REVOCATIONS_TOPIC,
} from '@freshet/wire'
import { createKafka } from '@freshet/kafka'
import { ACME_IDP, ALICE } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { sidecarWorld, type SidecarWorld, type StartedSidecar } from './started-sidecar.ts'

const brokers = inject('kafkaBrokers')
const HERS = partitionOf(ALICE)
const LIFE_MS = 3_600_000
const LOST_AT = 10_000n

/**
 * A checkpoint of incarnation 9 is before the base. It makes every token of incarnation 1 stale at an edge
 * that reads it. Alice loses her groups behind the base.
 */
describe.runIf(brokers !== null)('a started sidecar on a long topic', () => {
  let behind: SidecarWorld
  let sidecar: StartedSidecar

  beforeAll(async () => {
    behind = await sidecarWorld(brokers ?? [])
    const { world } = behind
    world.tokenLifeMaxMs = LIFE_MS
    world.e = 9n
    await world.publish(HERS, [])
    world.e = 1n
    world.moveBase()
    await world.announce(world.map)
    await world.publish(HERS, [world.groupsLost(LOST_AT)])
    await behind.heartbeat()
    await appendForgery(brokers ?? [])
    sidecar = await behind.start('starts')
  })
  afterAll(() => behind?.[Symbol.asyncDispose]())

  const check = (at: StartedSidecar, s: bigint) =>
    expect.poll(async () => {
      await behind.heartbeat()
      const freshet = { e: '1', s: String(s), c: '100', pv: 1, tenant: 'acme', subiss: ACME_IDP }
      const claims = { iss: behind.issuer, freshet }
      const require = { groups: ['payments-approvers'] }
      const response = await fetch(`${at.url}/v1/check`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: behind.world.token({ claims }), require }),
      })
      return response.json()
    })

  it('rule 31: begins behind the base that the newest signed heartbeat names', async () => {
    await check(sidecar, LOST_AT).toMatchObject({ decision: 'allow' })
  })

  it('rule 31: knows what was revoked since, although a forged heartbeat names a later base', async () => {
    await check(sidecar, LOST_AT - 1n).toMatchObject({ decision: 'deny', code: 'token.stale' })
  })

  it('control: reads everything where heartbeats state no T_max', async () => {
    delete behind.world.tokenLifeMaxMs
    await behind.heartbeat()
    const whole = await behind.start('whole')
    await check(whole, LOST_AT).toMatchObject({ decision: 'deny', code: 'token.stale' })
  })
})

/**
 * Appends a heartbeat like the newest one, signed by a stranger under the name of the key, with the newest
 * one as its base.
 */
async function appendForgery(addresses: readonly string[]): Promise<void> {
  const kafka = createKafka({ brokers: addresses, clientId: 'freshet-forger' })
  const reader = kafka.reader()
  try {
    const records = await reader.read(REVOCATIONS_TOPIC, HERS, 0n, 100)
    const newest = records.at(-1)
    const read = newest && readCheckpoint(newest)
    const heartbeat = read?.checkpoint.heartbeat
    if (!newest || !read || !heartbeat) throw new Error('The topic does not end with a heartbeat.')
    const base = { hash: read.hash, offset: newest.offset }
    const { privateJwk } = await generateKey('EdDSA', read.kid)
    const forged = await encodeCheckpoint(
      {
        ...read.checkpoint,
        previous: read.hash,
        recordsHash: recordsHash([]),
        heartbeat: { ...heartbeat, base },
      },
      importSigningKey(privateJwk),
    )
    await kafka.writer().append(REVOCATIONS_TOPIC, HERS, [forged.record])
  } finally {
    await reader.close()
    await kafka.close()
  }
}
