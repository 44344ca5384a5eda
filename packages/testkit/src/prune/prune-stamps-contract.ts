import { CONTROL_PARTITION } from '@freshet/protocol'
import type { Acceptance } from '@freshet/intake'
import { STAMPS_KEPT_MS, type PruneStore } from '@freshet/reconciler'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  accepted,
  ALICE_PARTITION,
  sendHeartbeat,
  changeIds,
  HR,
  IGA,
  learned,
  numbers,
  ONE,
  refused,
  sendOne,
} from '../intake/intake-steps.ts'
import {
  hrChange,
  igaChange,
  intakeWorld,
  type IntakeWorld,
  type StampStoreUnderTest,
} from '../intake/intake-world.ts'

/** T_max and its margin. */
const KEEP_MS = 70 * 60_000

/** Stamps with the pruning of the same database. */
export interface PrunedStamps extends StampStoreUnderTest {
  readonly prune: PruneStore
  /** The time of the clock that dates the stamps. */
  nowMs(): number
}

/** Checks the stamps that pruning must leave, as the gateways see them (rules 25, 34, 35). */
export function registerPruneStampsContract(name: string, make: () => Promise<PrunedStamps>): void {
  describe(`pruned stamps in ${name}`, () => {
    let under: PrunedStamps
    let world: IntakeWorld
    beforeEach(async () => {
      under = await make()
      world = intakeWorld(under)
    })
    const iga = async (...sequences: readonly bigint[]): Promise<readonly Acceptance[]> => {
      const answers: Acceptance[] = []
      for (const n of sequences) answers.push(await sendOne(world, igaChange(n)))
      return answers
    }
    const prune = (keptMs = STAMPS_KEPT_MS, limit = 100): Promise<number> =>
      under.prune.pruneStamps(under.nowMs() - keptMs, limit)
    const grownOld = (): Promise<void> => under.age(STAMPS_KEPT_MS + 60_000)

    it('go when they are old, but for the highest number, and what is next stays dense (rule 35)', async () => {
      await iga(1n, 2n, 3n)
      expect(await prune()).toBe(0)
      await grownOld()
      expect(await prune()).toBe(2)
      expect(await prune()).toBe(0)
      expect(await under.store.find(IGA, ['iga-1', 'iga-2', 'iga-3'])).toMatchObject([
        { id: 'iga-3' },
      ])
      expect(await world.status('iga')).toMatchObject([{ next: 4n, gaps: [] }])
      await sendHeartbeat(world, 3n)
      expect((await world.read(ALICE_PARTITION)).at(-1)).toMatchObject({ heartbeat: { last: 3n } })
      expect(await iga(5n, 4n)).toMatchObject([
        refused('event.sequence', /expected one is 4/),
        { ok: true },
      ])
      expect(await numbers(world, ALICE_PARTITION)).toEqual([1n, 2n, 3n, 4n])
    })

    it('stay while their records may not stand in the topic, so that they are produced (rule 34)', async () => {
      world.writer.away(true)
      await iga(1n, 2n)
      await grownOld()
      expect(await prune()).toBe(0)
      world.writer.away(false)
      await world.other.produceLeftovers()
      expect(await changeIds(world, ALICE_PARTITION)).toEqual(['iga-1', 'iga-2'])
    })

    it('stay above a hole until it closes, so that it is still asked for (rule 35)', async () => {
      await iga(1n)
      await under.learn({ ...learned('iga-3', 3n), sequence: 3n })
      await under.learn({ ...learned('iga-4', 4n), sequence: 4n })
      await grownOld()
      expect(await prune()).toBe(1)
      expect(await world.status('iga')).toMatchObject([{ next: 2n }])
      await iga(2n)
      expect(await prune()).toBe(1)
      expect(await world.status('iga')).toMatchObject([{ next: 5n, gaps: [] }])
    })

    describe('events of our own source', () => {
      const deny = (target: string) => {
        const statement = { kind: 'deny', scope: 'token', target } as const
        return world.gateway.acceptOwnChange({ tenant: 'acme', statement })
      }
      const pruneOwn = (limit = 100): Promise<number> =>
        under.prune.pruneOwnStamps(under.nowMs() - KEEP_MS, limit)

      it('go by an age of their own, at most so many at once, and the numbers go on', async () => {
        for (const jti of ['j1', 'j2', 'j3']) await deny(jti)
        expect(await pruneOwn()).toBe(0)
        await under.age(2 * KEEP_MS)
        expect(await prune(KEEP_MS)).toBe(0)
        expect([await pruneOwn(1), await pruneOwn(), await pruneOwn()]).toEqual([1, 1, 0])
        await deny('j4')
        expect(await numbers(world, CONTROL_PARTITION)).toEqual([1n, 2n, 3n, 4n])
      })

      it('leave those of other sources', async () => {
        await iga(1n, 2n)
        await under.age(2 * KEEP_MS)
        expect(await pruneOwn()).toBe(0)
      })

      it('stay where they are for an activation: a repeated one is known', async () => {
        for (const pv of [1, 2]) await world.gateway.activateRegistry({ pv, hash: ONE })
        await grownOld()
        expect([await pruneOwn(), await prune()]).toEqual([0, 0])
      })
    })

    it('of a source that writes to the topic itself go too, and a gateway numbers on after them', async () => {
      for (const n of [1n, 2n, 3n]) await under.learn({ ...learned(`hr-${n}`, n), ...HR })
      await grownOld()
      expect(await prune()).toBe(2)
      await sendOne(world, hrChange(9n))
      expect(await numbers(world, ALICE_PARTITION)).toEqual([4n])
    })

    it('go no more at once than the limit, the oldest first', async () => {
      await iga(1n, 2n, 3n)
      await grownOld()
      expect(await prune(STAMPS_KEPT_MS, 1)).toBe(1)
      expect(await under.store.find(IGA, ['iga-1', 'iga-2'])).toMatchObject([{ id: 'iga-2' }])
    })

    it('leave a late retry of a dense source the answer with the expected sequence', async () => {
      await iga(1n, 2n)
      await grownOld()
      await prune()
      expect(await iga(1n)).toMatchObject([refused('event.sequence', /expected one is 3/)])
    })

    it('control: pruned while its source still asks again, an event is stamped twice (rule 34)', async () => {
      const first = await sendOne(world, hrChange(1n))
      await sendOne(world, hrChange(2n))
      await under.age(60_000)
      await prune()
      expect(await sendOne(world, hrChange(1n))).toEqual(first)
      expect(await prune(1_000)).toBe(1)
      expect(await sendOne(world, hrChange(1n))).toEqual(accepted('hr-1', [ALICE_PARTITION, 2n]))
      expect(await changeIds(world, ALICE_PARTITION)).toEqual(['hr-1', 'hr-2', 'hr-1'])
      expect(await numbers(world, ALICE_PARTITION)).toEqual([1n, 2n, 3n])
    })
  })
}
