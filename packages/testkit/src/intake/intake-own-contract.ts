import { CONTROL_PARTITION } from '@freshet/protocol'
import type { OwnStatement } from '@freshet/intake'
import { describe, expect, it } from 'vitest'
import { accepted, changeIds } from './intake-steps.ts'
import type { IntakeUnderTest } from './intake-world.ts'

const DENIAL = { kind: 'deny', scope: 'token', target: 'j1' } as const
const cutOff = (order: string): OwnStatement => ({
  kind: 'cut-off',
  scope: 'client',
  target: 'web',
  order,
})

/** Checks the changes in the product's own name: operators' cut-offs and denials (rules 1 and 34). */
export function registerOwnChanges(get: IntakeUnderTest): void {
  const order = (statement: OwnStatement, tenant = 'acme') =>
    get.world().gateway.acceptOwnChange({ tenant, statement })
  const control = () => changeIds(get.world(), CONTROL_PARTITION)

  describe('a change in our own name', () => {
    it('is written to the control partition as source freshet (rule 1)', async () => {
      const answer = await order(DENIAL)
      expect(answer).toEqual(accepted(answer.id, [CONTROL_PARTITION, 0n]))
      expect((await get.world().read(CONTROL_PARTITION))[0]).toMatchObject({
        change: {
          kind: 'deny',
          tenant: 'acme',
          source: 'freshet',
          id: answer.id,
          scope: 'token',
          target: 'j1',
        },
      })
    })

    it('is one event for any number of repeats at any gateway, at the time of the first', async () => {
      const first = await order(DENIAL)
      await get.under().clock.advance(60_000)
      const again = { tenant: 'acme', statement: DENIAL }
      expect(await get.world().other.acceptOwnChange(again)).toEqual(first)
      expect(await control()).toEqual([first.id])
    })

    it('is another event for another target, another scope and another order', async () => {
      const ids = [
        await order(DENIAL),
        await order({ ...DENIAL, target: 'j2' }),
        await order({ ...DENIAL, scope: 'session' }),
        await order(cutOff('monday')),
        await order(cutOff('tuesday')),
      ].map(({ id }) => id)
      expect(new Set(ids).size).toBe(5)
      await order(cutOff('monday'))
      expect(await control()).toEqual(ids)
    })

    it('fails while the broker is away, and is produced when it is sent again (rule 34)', async () => {
      get.world().writer.away(true)
      await expect(order(DENIAL)).rejects.toMatchObject({ code: 'broker.unavailable' })
      await get.under().clock.advance(1_000)
      await expect(order(DENIAL)).rejects.toMatchObject({ code: 'broker.unavailable' })
      get.world().writer.away(false)
      const answer = await order(DENIAL)
      expect(answer.positions).toEqual([{ partition: CONTROL_PARTITION, offset: 0n }])
      expect(await control()).toEqual([answer.id])
    })

    it('is produced by the sweep of a gateway without a repeat (rule 34)', async () => {
      get.world().writer.plan('lost')
      await expect(order(DENIAL)).rejects.toMatchObject({ code: 'broker.unavailable' })
      await get.under().age(2_000)
      expect(await get.world().other.produceLeftovers()).toEqual([])
      expect(await control()).toHaveLength(1)
    })

    it('is refused for a tenant that is not registered, and for the cut-off of another', async () => {
      await expect(order(DENIAL, 'nobody')).rejects.toMatchObject({ code: 'event.forbidden' })
      const other: OwnStatement = { kind: 'cut-off', scope: 'tenant', target: 'b', order: '1' }
      await expect(order(other)).rejects.toMatchObject({ code: 'event.forbidden' })
      expect(await control()).toEqual([])
    })
  })
}
