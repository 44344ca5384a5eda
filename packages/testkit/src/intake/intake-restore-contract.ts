import { partitionOf, PARTITIONS } from '@freshet/protocol'
import type { Acceptance } from '@freshet/intake'
import { describe, expect, it } from 'vitest'
import {
  accepted,
  ALICE_PARTITION,
  sendHeartbeat,
  sendHrHeartbeat,
  changeIds,
  HR,
  IGA,
  learned,
  numbers,
  refused,
  sendOne,
  snapshot,
} from './intake-steps.ts'
import { hrChange, igaChange, type IntakeUnderTest } from './intake-world.ts'

/** A database that was restored (rules 35 and 36), and a source that looks at itself. */
export function registerRestoring(get: IntakeUnderTest): void {
  const iga = (...sequences: bigint[]): Promise<Acceptance[]> =>
    Promise.all(sequences.map((n) => sendOne(get.world(), igaChange(n))))

  describe('a database that was restored', () => {
    it('learns its stamps again and answers by them without producing (rule 35)', async () => {
      const restore = await get.under().backup()
      await iga(1n)
      await iga(2n)
      await restore()
      await get.world().relearn(ALICE_PARTITION)
      expect(await sendOne(get.world(), igaChange(2n))).toEqual(
        accepted('iga-2', [ALICE_PARTITION, 1n]),
      )
      expect(await sendOne(get.world(), igaChange(3n))).toMatchObject({ ok: true })
      expect(await numbers(get.world(), ALICE_PARTITION)).toEqual([1n, 2n, 3n])
    })

    it('expects the first sequence without a stamp, not the one after the last (rule 35)', async () => {
      await iga(1n)
      const restore = await get.under().backup()
      const bob = { ...igaChange(1n).subject, sub: 'bob' }
      expect(partitionOf(bob)).not.toBe(ALICE_PARTITION)
      get.world().writer.plan('lost')
      await sendOne(get.world(), igaChange(2n, { subject: bob }))
      await sendOne(get.world(), igaChange(3n))
      await restore()
      await get.world().relearn(ALICE_PARTITION)
      expect(await sendOne(get.world(), igaChange(4n))).toMatchObject(
        refused('event.sequence', /expected one is 2/),
      )
      await expect(sendHeartbeat(get.world(), 3n)).rejects.toMatchObject({ code: 'event.sequence' })
      // The control: "after the last" would have let the heartbeat pass over a lost event.
      const known = await get.under().store.find(IGA, ['iga-1', 'iga-2', 'iga-3'])
      const afterLast = 1n + BigInt(Math.max(...known.map(({ sequence }) => Number(sequence))))
      expect(afterLast).toBe(4n)
      expect(await changeIds(get.world(), partitionOf(bob))).toEqual([])
      expect(await sendOne(get.world(), igaChange(2n, { subject: bob }))).toMatchObject({
        ok: true,
      })
      expect(await sendOne(get.world(), igaChange(4n))).toMatchObject({ ok: true })
    })

    it('may give a number again; both records stand in the topic (rule 36)', async () => {
      const restore = await get.under().backup()
      await iga(1n)
      await restore()
      expect(await sendOne(get.world(), igaChange(1n, { id: 'again' }))).toMatchObject({ ok: true })
      await get.world().relearn(ALICE_PARTITION)
      expect(await numbers(get.world(), ALICE_PARTITION)).toEqual([1n, 1n])
      expect(await changeIds(get.world(), ALICE_PARTITION)).toEqual(['iga-1', 'again'])
      expect(await sendOne(get.world(), igaChange(2n))).toMatchObject({ ok: true })
      expect(await numbers(get.world(), ALICE_PARTITION)).toEqual([1n, 1n, 2n])
    })

    it('closes a hole in the numbers with the next event', async () => {
      await iga(1n)
      await get.under().learn(learned('elsewhere', 3n))
      await iga(2n)
      expect(await numbers(get.world(), ALICE_PARTITION)).toEqual([1n, 2n])
      await iga(3n)
      expect(await numbers(get.world(), ALICE_PARTITION)).toEqual([1n, 2n, 4n])
    })

    it('produces what closes a hole, and waits for it, though higher numbers stand (rules 35 and 37)', async () => {
      const { gateway, writer, other } = get.world()
      await sendOne(get.world(), hrChange(1n))
      for (const n of [3n, 4n]) await get.under().learn({ ...learned(`hr-${n}`, n), ...HR })
      writer.away(true)
      await sendOne(get.world(), hrChange(8n))
      await expect(sendHrHeartbeat(get.world())).rejects.toMatchObject({
        code: 'event.unacknowledged',
      })
      writer.away(false)
      await gateway.acceptChanges('hr', [{ change: hrChange(9n) }])
      expect(await numbers(get.world(), ALICE_PARTITION)).toEqual([1n, 2n, 5n])
      await sendOne(get.world(), hrChange(10n))
      await sendHrHeartbeat(get.world())
      expect(await other.produceLeftovers()).toEqual([])
      expect(await numbers(get.world(), ALICE_PARTITION)).toEqual([1n, 2n, 5n, 6n])
    })

    it('still produces what it stamped anew under another number, so that no hole stays (rule 35)', async () => {
      const restore = await get.under().backup()
      get.world().writer.plan('landed')
      await sendOne(get.world(), hrChange(1n))
      await restore()
      get.world().writer.away(true)
      await sendOne(get.world(), hrChange(2n))
      await sendOne(get.world(), hrChange(1n))
      get.world().writer.away(false)
      await get.world().relearn(ALICE_PARTITION)
      await get.under().age(1_500)
      await get.world().other.produceLeftovers()
      expect(await changeIds(get.world(), ALICE_PARTITION)).toEqual(['hr-1', 'hr-2', 'hr-1'])
      expect(await numbers(get.world(), ALICE_PARTITION)).toEqual([1n, 1n, 2n])
    })

    it('numbers the begin of a full statement above every hole, so that it answers for them', async () => {
      await iga(1n)
      await get.under().learn(learned('elsewhere', 7n))
      await sendOne(get.world(), snapshot('snapshot-begin', 2n))
      expect(await numbers(get.world(), ALICE_PARTITION)).toEqual([1n, 8n])
    })

    it('gives a fan-out of which it knows a part the places that are missing', async () => {
      const restore = await get.under().backup()
      await sendOne(get.world(), snapshot('snapshot-begin', 1n))
      await restore()
      await get.world().relearn(0)
      await get.world().relearn(1)
      const again = await sendOne(get.world(), snapshot('snapshot-begin', 1n))
      expect(again).toMatchObject({ ok: true, positions: { length: PARTITIONS.length } })
      expect(await numbers(get.world(), 0)).toEqual([1n])
      expect(await numbers(get.world(), 2)).toEqual([1n, 1n])
    })
  })

  describe('what a source sees of itself', () => {
    it('is its newest event, the expected sequence and how much waits', async () => {
      const nothing = { lastAccepted: null, next: 1n, above: 1n, unacknowledged: 0, gaps: [] }
      expect(await get.world().status('iga')).toMatchObject([{ tenant: 'acme', ...nothing }])
      await iga(1n)
      get.world().writer.plan('lost')
      await iga(2n)
      expect(await get.world().status('iga', 'acme')).toMatchObject([
        { lastAccepted: { id: 'iga-2' }, next: 3n, unacknowledged: 1 },
      ])
      await get.under().learn({ ...learned('elsewhere', 9n), sequence: 4n })
      expect(await get.world().status('iga')).toMatchObject([
        { next: 3n, above: 5n, gaps: [{ from: 3n, to: 3n }] },
      ])
      await sendOne(get.world(), igaChange(3n))
      expect(await get.world().status('iga')).toMatchObject([{ next: 5n, gaps: [] }])
    })

    it('names no sequence where the gateway numbers, and nothing to strangers', async () => {
      expect((await get.world().status('hr'))[0]).not.toHaveProperty('next')
      await expect(get.world().status('mallory')).rejects.toMatchObject({
        code: 'event.forbidden',
      })
    })
  })
}
