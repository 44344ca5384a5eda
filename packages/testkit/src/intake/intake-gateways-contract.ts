import { expect, describe, it } from 'vitest'
import {
  accepted,
  ALICE_PARTITION,
  HR,
  numbers,
  refused,
  sendOne,
  snapshot,
} from './intake-steps.ts'
import { hrChange, igaChange, type IntakeUnderTest } from './intake-world.ts'

/** Several gateways of one feed: each event has one number, and stands once in the topic (rules 12, 34). */
export function registerSeveralGateways(get: IntakeUnderTest): void {
  describe('several gateways', () => {
    it('stamps an event once that is sent to two gateways at once', async () => {
      const change = igaChange(1n)
      const answers = await Promise.all([
        get.world().gateway.acceptChange({ change }, 'iga'),
        get.world().other.acceptChange({ change }, 'iga'),
      ])
      expect(answers[0]).toEqual(answers[1])
      expect(new Set(await numbers(get.world(), ALICE_PARTITION))).toEqual(new Set([1n]))
    })

    it('lets gateways of one feed take turns, so that no number is given twice', async () => {
      const sends = Array.from({ length: 30 }, (_, n) =>
        (n % 2 === 0 ? get.world().gateway : get.world().other).acceptChange(
          { change: hrChange(BigInt(n)) },
          'hr',
        ),
      )
      const answers = await Promise.all(sends)
      expect(answers.every(({ ok }) => ok)).toBe(true)
      const given = [...new Set(await numbers(get.world(), ALICE_PARTITION))].toSorted((a, b) =>
        Number(a - b),
      )
      expect(given).toEqual(sends.map((_, n) => BigInt(n + 1)))
    })

    it('leaves to another gateway what that has in flight, so that it stands once in the topic', async () => {
      const hold = get.world().writer.hold()
      const first = sendOne(get.world(), hrChange(1n))
      await hold.reached
      await get.world().other.acceptChange({ change: hrChange(2n) }, 'hr')
      hold.release()
      expect(await first).toEqual(accepted('hr-1', [ALICE_PARTITION, 1n]))
      expect(await numbers(get.world(), ALICE_PARTITION)).toEqual([2n, 1n])
    })

    it('produces what another gateway has in flight before the end of a full statement', async () => {
      const hold = get.world().writer.hold()
      const first = sendOne(get.world(), igaChange(1n))
      await hold.reached
      await get.world().other.acceptChange({ change: snapshot('snapshot-end', 2n) }, 'iga')
      hold.release()
      await first
      expect(await numbers(get.world(), ALICE_PARTITION)).toEqual([1n, 2n, 1n])
    })

    it('lets a zombie finish what another gateway has produced meanwhile', async () => {
      const hold = get.world().writer.hold()
      const zombie = get.world().gateway.acceptChange({ change: igaChange(1n) }, 'iga')
      await hold.reached
      await get.under().age(1_500)
      await get.world().other.produceLeftovers()
      hold.release()
      expect(await zombie).toEqual(accepted('iga-1', [ALICE_PARTITION, 0n]))
      expect(await numbers(get.world(), ALICE_PARTITION)).toEqual([1n, 1n])
    })

    it('does not let a zombie acknowledge a number that a restore has made another one', async () => {
      const restore = await get.under().backup()
      const hold = get.world().writer.hold()
      const zombie = sendOne(get.world(), hrChange(1n))
      await hold.reached
      await restore()
      await get.world().other.acceptChange({ change: hrChange(2n) }, 'hr')
      get.world().writer.plan('lost')
      await get.world().other.acceptChanges('hr', [{ change: hrChange(1n) }])
      expect(await get.under().store.find(HR, ['hr-1'])).toMatchObject([{ number: 2n }])
      hold.release()
      expect(await zombie).toMatchObject(refused('broker.unavailable'))
      await get.world().other.acceptChange({ change: hrChange(1n) }, 'hr')
      expect(new Set(await numbers(get.world(), ALICE_PARTITION))).toEqual(new Set([1n, 2n]))
    })

    it('does not let a zombie answer for a stamp that a restore has taken away', async () => {
      const restore = await get.under().backup()
      const hold = get.world().writer.hold()
      const zombie = sendOne(get.world(), igaChange(1n))
      await hold.reached
      await restore()
      hold.release()
      expect(await zombie).toMatchObject(refused('broker.unavailable'))
      await get.world().relearn(ALICE_PARTITION)
      expect(await sendOne(get.world(), igaChange(1n))).toEqual(
        accepted('iga-1', [ALICE_PARTITION, 0n]),
      )
    })
  })
}
