import { CLOCK_TOLERANCE_MS, partitionOf, PARTITIONS } from '@freshet/protocol'
import { generateKey, importJwks, importSigningKey, readIncoming } from '@freshet/wire'
import { hrChange, ManualClock, plannedWriter } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { createDirectSource, type SourceNumbers } from './direct-source.ts'

const ALICE = partitionOf(hrChange(1n).subject)

function numbersInMemory(): SourceNumbers {
  const given = new Map<string, bigint>()
  const counts = new Map<number, bigint>()
  return {
    numberOf: async (tenant, partition, id) => {
      const key = JSON.stringify([tenant, partition, id])
      const number = given.get(key) ?? (counts.get(partition) ?? 0n) + 1n
      if (!given.has(key)) counts.set(partition, number)
      given.set(key, number)
      return number
    },
    last: async (_, partition) => counts.get(partition) ?? 0n,
  }
}

async function world() {
  const { privateJwk, publicJwk } = await generateKey('ES256', 'hr-1')
  const verify = importJwks({ keys: [publicJwk] })
  const nowMs = new ManualClock().nowMs()
  const writer = plannedWriter(() => nowMs)
  const key = importSigningKey(privateJwk)
  const direct = createDirectSource({ source: 'hr', key, writer, numbers: numbersInMemory() })
  const sourceKeys = (source: string) => (source === 'hr' ? verify : [])
  const read = (partition: number) =>
    Promise.all(
      writer.records(partition).map((record) => readIncoming(record, { macKeys: [], sourceKeys })),
    )
  return { direct, writer, read, nowMs }
}

describe('a source that writes to the topic itself', () => {
  it('is read by the code that reads what gateways stamp (rule 1)', async () => {
    const { direct, read } = await world()
    expect(await direct.send({ change: hrChange(1n) })).toEqual([{ partition: ALICE, offset: 0n }])
    await direct.heartbeat('acme', 5_000)
    expect(await read(ALICE)).toMatchObject([
      { kind: 'change', change: hrChange(1n), stamp: { partition: ALICE, number: 1n } },
      { kind: 'heartbeat', heartbeat: { source: 'hr', throughMs: 5_000, last: 1n } },
    ])
    for (const partition of PARTITIONS) {
      expect((await read(partition)).at(-1)).toMatchObject({ kind: 'heartbeat' })
    }
  })

  it('is refused a heartbeat that is ahead of the broker, in every partition', async () => {
    const { direct, nowMs } = await world()
    await direct.heartbeat('acme', nowMs + CLOCK_TOLERANCE_MS)
    await expect(direct.heartbeat('acme', nowMs + CLOCK_TOLERANCE_MS + 1)).rejects.toMatchObject({
      code: 'event.malformed',
      errors: [{ pointer: '/through', rule: expect.stringContaining("broker's clock") }],
    })
  })

  it('keeps the number of an event that it sends again', async () => {
    const { direct, writer, read } = await world()
    writer.plan('landed')
    await expect(direct.send({ change: hrChange(1n) })).rejects.toMatchObject({
      code: 'broker.unavailable',
    })
    await direct.send({ change: hrChange(1n) })
    expect(await read(ALICE)).toMatchObject([{ stamp: { number: 1n } }, { stamp: { number: 1n } }])
  })
})
