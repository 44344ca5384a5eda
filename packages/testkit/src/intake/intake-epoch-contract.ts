import type { ClaimChange } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import {
  accepted,
  ALICE_PARTITION,
  HR,
  NOW_MS,
  refused,
  sendHrHeartbeat,
  sendOne,
} from './intake-steps.ts'
import { hrChange, type IntakeUnderTest } from './intake-world.ts'

const SECONDS = BigInt(NOW_MS / 1_000)
const ofEpoch = (epoch: bigint, n: bigint): ClaimChange =>
  hrChange(n, { id: `hr-${epoch}-${n}`, sourceVersion: { epoch, n } })

/** Epochs of a source: of several processes, the youngest works. */
export function registerEpochs(get: IntakeUnderTest): void {
  const begin = () => get.world().gateway.beginEpoch(HR)

  describe('epochs', () => {
    it('grow, and are at least the seconds of the clock, also after a restore', async () => {
      const restore = await get.under().backup()
      const { epoch } = await begin()
      expect(epoch).toBe(SECONDS)
      expect(await begin()).toEqual({ epoch: SECONDS + 1n })
      await restore()
      expect((await begin()).epoch).toBeGreaterThanOrEqual(SECONDS)
    })

    it('refuse changes and heartbeats of older ones, and take those of the newest (rule 52)', async () => {
      const { epoch: old } = await begin()
      expect(await sendOne(get.world(), ofEpoch(old, 1n))).toMatchObject({ ok: true })
      const { epoch } = await begin()
      expect(await sendOne(get.world(), ofEpoch(old, 2n))).toMatchObject(
        refused('event.superseded'),
      )
      const sendOf = (of: bigint) =>
        get.world().other.acceptHeartbeat({ ...HR, throughMs: NOW_MS, epoch: of })
      await expect(sendOf(old)).rejects.toMatchObject({ code: 'event.superseded' })
      expect(await sendOne(get.world(), ofEpoch(epoch, 1n))).toMatchObject({ ok: true })
      await sendOf(epoch)
    })

    it('refuse heartbeats that name none, for one tenant and for many', async () => {
      await begin()
      await expect(sendHrHeartbeat(get.world())).rejects.toMatchObject({ code: 'event.superseded' })
      const tenants = [{ tenant: HR.tenant }]
      const many = { source: HR.source, throughMs: NOW_MS, tenants }
      expect(await get.world().gateway.acceptHeartbeats(many)).toMatchObject([
        { ok: false, error: { code: 'event.superseded' } },
      ])
    })

    it('leave a change that an older one had stamped its place', async () => {
      const { epoch } = await begin()
      const first = await sendOne(get.world(), ofEpoch(epoch, 1n))
      await begin()
      expect(await sendOne(get.world(), ofEpoch(epoch, 1n))).toEqual(first)
      expect(first).toMatchObject(accepted(`hr-${epoch}-1`, [ALICE_PARTITION, 0n]))
    })

    it('do not concern a source that began none', async () => {
      expect(await sendOne(get.world(), hrChange(1n))).toMatchObject({ ok: true })
      await sendHrHeartbeat(get.world())
    })

    it('begin with the cursor of the last heartbeat, and one of an older epoch does not replace it', async () => {
      const { epoch: old } = await begin()
      const sendOf = (epoch: bigint, cursor: string) =>
        get.world().gateway.acceptHeartbeat({ ...HR, throughMs: NOW_MS, epoch, cursor })
      await sendOf(old, 'one')
      const { epoch, cursor } = await begin()
      expect(cursor).toBe('one')
      await expect(sendOf(old, 'two')).rejects.toMatchObject({ code: 'event.superseded' })
      await get.under().store.keepCursor(HR, { epoch: old, cursor: 'two' })
      expect((await begin()).cursor).toBe('one')
      await get.under().store.keepCursor(HR, { epoch: epoch + 1n, cursor: 'three' })
      expect((await begin()).cursor).toBe('three')
    })

    it('a clock that is ahead at the sending is refused, however early `through` is', async () => {
      const { epoch } = await begin()
      const ahead = { ...HR, throughMs: NOW_MS - 60_000, sentMs: NOW_MS + 60_000, epoch }
      await expect(get.world().gateway.acceptHeartbeat(ahead)).rejects.toMatchObject({
        code: 'event.malformed',
        errors: [{ pointer: '/sent' }],
      })
    })
  })
}
