import { partitionOf, PARTITIONS } from '@freshet/protocol'
import { MemoryDatabase } from '@freshet/memory'
import { dropRecord } from '@freshet/reconciler'
import { AMY, groupsChange, hrOrigin, type QuarantineWorld } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { quarantineOnMemory } from './quarantine-on-memory.ts'

const P = partitionOf(AMY)
const OTHER = PARTITIONS.find((each) => each !== P && each !== 0) ?? 0
const garbage = groupsChange('poison', AMY, { op: 'set', values: ['x'], n: 1 })

let database: MemoryDatabase
let at: QuarantineWorld
beforeEach(async () => {
  database = new MemoryDatabase()
  at = await quarantineOnMemory(database)
})

const feed = (source: string, partition: number) =>
  database.feeds.values().find((row) => row.source === source && row.partition === partition)?.feed

/** Sends one more heartbeat of every source, and returns whether `through` moved where it counts. */
async function countsIn(source: string, partition: number): Promise<boolean> {
  const throughMs = at.clock.nowMs()
  for (const each of ['hr', 'iga', 'security']) at.topic.putHeartbeat(each, throughMs)
  await at.settle()
  await at.clock.advance(1_000)
  return feed(source, partition)?.throughMs === throughMs
}

describe('one record of which nothing but its source can be read', () => {
  beforeEach(async () => {
    at.topic.putGarbage(garbage)
    at.topic.put(groupsChange('behind', AMY, { op: 'set', values: ['y'], n: 2 }))
    await at.settle()
  })

  it('delays nothing that stands behind it (V5)', async () => {
    expect(await at.under.changes()).toContain('behind applied')
  })

  it('halts its source in its partition, and no other source (rule 20)', async () => {
    expect(await countsIn('hr', P)).toBe(false)
    expect(await countsIn('hr', OTHER)).toBe(true)
    expect(await countsIn('iga', P)).toBe(true)
    expect(await countsIn('security', P)).toBe(true)
  })

  it('cannot do so for ever: the next full statement of the source ends it', async () => {
    at.topic.put({ ...hrOrigin('s1', 3), kind: 'snapshot-begin' })
    at.topic.put(groupsChange('again', AMY, { op: 'set', values: ['y'], n: 4 }))
    at.topic.put({ ...hrOrigin('s2', 5), kind: 'snapshot-end' })
    await at.settle()
    expect(await countsIn('hr', P)).toBe(true)
  })

  it('control: without that it stays so, whatever else the source sends', async () => {
    for (let n = 3; n < 6; n++) {
      at.topic.put(groupsChange(`later-${n}`, AMY, { op: 'set', values: ['y'], n }))
      expect(await countsIn('hr', P)).toBe(false)
    }
  })

  it('is listed with the halted source, and dropping it changes nothing of that', async () => {
    const [quarantined] = await at.under.store.list({}, 1)
    const parts = { store: at.under.store, clock: at.clock }
    const by = { by: 'ann', reason: 'hr will state all anew' }
    const dropped = await dropRecord(parts, quarantined?.id ?? '', by)
    expect(dropped).toMatchObject({ isNew: true, effects: { doubts: [], halted: ['acme'] } })
    expect(await countsIn('hr', P)).toBe(false)
  })
})

it('unproven records halt no source, however many of them arrive', async () => {
  at.unproven.add('hr')
  for (let n = 0; n < 50; n++)
    at.topic.put(groupsChange(`forged-${n}`, AMY, { op: 'clear', n: n + 1 }))
  // The numbers that it claims belong to no source: the source begins at its own.
  await at.settle()
  at.unproven.clear()
  expect(feed('hr', P)?.halted ?? false).toBe(false)
  expect(await at.under.changes()).not.toContain(expect.stringContaining('forged'))
  expect(database.watermarks.values()).toEqual([])
})
