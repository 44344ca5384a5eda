import { FreshetError, PARTITIONS, type Change, type ClaimChange } from '@freshet/protocol'
import { contentHash, encodeChange } from '@freshet/wire'
import type { Acceptance, FeedTransaction, StampStore } from '@freshet/intake'
import { describe, expect, it } from 'vitest'
import { acmeRegistry } from '../acme-registry.ts'
import {
  accepted,
  ALICE_PARTITION,
  IGA,
  newStamp,
  numbers,
  refused,
  sendOne,
  snapshot,
} from './intake-steps.ts'
import { hrChange, igaChange, intakeWorld, type IntakeUnderTest } from './intake-world.ts'

/** Accepting, crashes and unknown outcomes (rules 12, 34). */
export function registerAccepting(get: IntakeUnderTest): void {
  const iga = (...sequences: bigint[]): Promise<Acceptance[]> =>
    Promise.all(sequences.map((n) => sendOne(get.world(), igaChange(n))))

  describe('accepting', () => {
    it('answers with the place of the record, which the reconciler reads as it was sent', async () => {
      const change = igaChange(1n)
      expect(await sendOne(get.world(), change)).toEqual(accepted('iga-1', [ALICE_PARTITION, 0n]))
      const [read] = await get.world().read(ALICE_PARTITION)
      expect(read).toMatchObject({
        kind: 'change',
        change,
        stamp: { partition: ALICE_PARTITION, number: 1n },
        contentHash: contentHash(encodeChange(change)),
      })
    })

    it('keeps the trace context of the request', async () => {
      const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
      await get.world().gateway.acceptChanges('iga', [{ change: igaChange(1n), traceparent }])
      expect((await get.world().read(ALICE_PARTITION))[0]).toMatchObject({ traceparent })
    })

    it('gives the same content the same place, and refuses other content of that id', async () => {
      const first = await sendOne(get.world(), igaChange(1n))
      expect(await sendOne(get.world(), igaChange(1n))).toEqual(first)
      expect(await sendOne(get.world(), igaChange(1n, { op: 'add' }))).toMatchObject(
        refused('event.conflict'),
      )
      expect(get.world().writer.records(ALICE_PARTITION)).toHaveLength(1)
    })

    it('refuses another event of a sequence that was given', async () => {
      await iga(1n)
      const answer = await sendOne(get.world(), igaChange(1n, { id: 'another' }))
      expect(answer).toMatchObject(refused('event.conflict', /Sequence 1.*iga-1/))
    })

    it('names the expected sequence to a dense source that sends another (rule 35)', async () => {
      await iga(1n)
      expect(await sendOne(get.world(), igaChange(3n))).toMatchObject(
        refused('event.sequence', /expected one is 2/),
      )
      expect(get.world().writer.records(ALICE_PARTITION)).toHaveLength(1)
    })

    it('decides a batch in order and answers each item', async () => {
      const changes = [1n, 2n, 4n, 3n, 2n].map((n) => ({ change: igaChange(n) }))
      const answers = await get.world().gateway.acceptChanges('iga', changes)
      expect(answers.map(({ ok, id }) => [id, ok])).toEqual([
        ['iga-1', true],
        ['iga-2', true],
        ['iga-4', false],
        ['iga-3', true],
        ['iga-2', true],
      ])
      expect(await numbers(get.world(), ALICE_PARTITION)).toEqual([1n, 2n, 3n])
    })

    it('numbers each partition of a feed densely, whatever the subject (rule 12)', async () => {
      const subs = Array.from({ length: 40 }, (_, n) => `user-${n}`)
      const changes = subs.map((sub, n) =>
        hrChange(BigInt(n), { subject: { ...hrChange(0n).subject, sub } }),
      )
      const answers = await get.world().gateway.acceptChanges(
        'hr',
        changes.map((change) => ({ change })),
      )
      expect(answers.every(({ ok }) => ok)).toBe(true)
      for (const partition of PARTITIONS) {
        const given = await numbers(get.world(), partition)
        expect(given).toEqual(given.map((_, n) => BigInt(n + 1)))
      }
    })

    it('numbers what stands behind the end of a snapshot behind it, in one request too', async () => {
      const sent = [
        snapshot('snapshot-begin', 1n),
        igaChange(2n),
        snapshot('snapshot-end', 3n),
        igaChange(4n),
      ]
      const answers = await get.world().gateway.acceptChanges(
        'iga',
        sent.map((change) => ({ change })),
      )
      expect(answers.map(({ ok }) => ok)).toEqual([true, true, true, true])
      expect(await numbers(get.world(), ALICE_PARTITION)).toEqual([1n, 2n, 3n, 4n])
    })

    it('writes the borders of a snapshot to every partition', async () => {
      const marker = snapshot('snapshot-begin', 1n)
      expect(await sendOne(get.world(), marker)).toEqual(
        accepted('iga-1', ...PARTITIONS.map((partition) => [partition, 0n] as const)),
      )
    })

    describe('a change of the control partition', () => {
      /** The ids in the order in which they were stamped, where all are sent at once. */
      async function stampedOf(source: string, changes: readonly Change[]): Promise<string[]> {
        const stamped: string[] = []
        const { store } = get.under()
        const noting = (tx: FeedTransaction): FeedTransaction => ({
          ...tx,
          insert: async (rows) => {
            stamped.push(...rows.map(({ id }) => id))
            await tx.insert(rows)
          },
        })
        const inFeed: StampStore['inFeed'] = (feed, work) =>
          store.inFeed(feed, (tx) => work(noting(tx)))
        const under = { ...get.under(), store: { ...store, inFeed } }
        const { gateway } = intakeWorld(under, acmeRegistry({ account: source }))
        await Promise.all(changes.map((change) => gateway.acceptChange({ change }, source)))
        return stamped
      }
      const disabled = (change: ClaimChange): Change => {
        const { claim: _claim, values: _values, ...rest } = change
        return { ...rest, kind: 'account', op: 'disabled' }
      }

      it('is not behind others of its source that wait', async () => {
        const changes = [hrChange(1n), hrChange(2n), disabled(hrChange(3n))]
        expect(await stampedOf('hr', changes)).toEqual(['hr-1', 'hr-3', 'hr-2'])
      })

      it('keeps its place where the source numbers them', async () => {
        const changes = [igaChange(1n), igaChange(2n), disabled(igaChange(3n))]
        expect(await stampedOf('iga', changes)).toEqual(['iga-1', 'iga-2', 'iga-3'])
      })
    })
  })

  describe('crash and unknown outcome', () => {
    it('sweeps what a gateway stamped and did not produce, byte for byte (rule 34)', async () => {
      get.world().writer.away(true)
      expect(await sendOne(get.world(), igaChange(1n))).toMatchObject(refused('broker.unavailable'))
      get.world().writer.away(false)
      expect(await get.world().other.produceLeftovers()).toEqual([])
      expect(get.world().writer.records(ALICE_PARTITION)).toHaveLength(0)
      await get.under().age(1_500)
      await get.world().other.produceLeftovers()
      expect(await numbers(get.world(), ALICE_PARTITION)).toEqual([1n])
      expect(await sendOne(get.world(), igaChange(1n))).toEqual(
        accepted('iga-1', [ALICE_PARTITION, 0n]),
      )
    })

    it('never answers a retry because the event is stamped (rule 34)', async () => {
      get.world().writer.away(true)
      await iga(1n)
      expect(await sendOne(get.world(), igaChange(1n))).toMatchObject(refused('broker.unavailable'))
      get.world().writer.away(false)
      expect(await sendOne(get.world(), igaChange(1n))).toMatchObject({ ok: true })
      expect(get.world().writer.records(ALICE_PARTITION)).toHaveLength(1)
    })

    it('produces again when an append was lost, landed unseen, or lands late', async () => {
      for (const fate of ['lost', 'landed', 'late'] as const) {
        get.world().writer.plan(fate)
        const n = { lost: 1n, landed: 2n, late: 3n }[fate]
        expect(await sendOne(get.world(), igaChange(n))).toMatchObject(
          refused('broker.unavailable'),
        )
        expect(await sendOne(get.world(), igaChange(n))).toMatchObject({ ok: true })
      }
      get.world().writer.landLate()
      expect(await numbers(get.world(), ALICE_PARTITION)).toEqual([1n, 2n, 2n, 3n, 3n])
      const [, first, again] = get.world().writer.records(ALICE_PARTITION)
      expect(again?.value).toEqual(first?.value)
      expect(again?.headers).toEqual(first?.headers)
    })

    it('keeps the first known place of a record that landed twice', async () => {
      await iga(1n)
      await get
        .under()
        .store.acknowledge({ ...IGA, partition: ALICE_PARTITION }, [
          { id: 'iga-1', number: 1n, offset: 9n },
        ])
      expect(await sendOne(get.world(), igaChange(1n))).toEqual(
        accepted('iga-1', [ALICE_PARTITION, 0n]),
      )
    })

    it('leaves nothing of work that failed inside the lock', async () => {
      const failed = get.under().store.inFeed(IGA, async (tx) => {
        const [number = 0n] =
          (await tx.freeNumbers(new Map([[ALICE_PARTITION, 1]]))).get(ALICE_PARTITION) ?? []
        await tx.insert([newStamp(igaChange(1n), ALICE_PARTITION, number)])
        throw new FreshetError('broker.unavailable', 'Planned.')
      })
      await expect(failed).rejects.toMatchObject({ code: 'broker.unavailable' })
      expect(await get.under().store.find(IGA, ['iga-1'])).toEqual([])
      expect(await sendOne(get.world(), igaChange(1n))).toMatchObject({ ok: true })
    })

    it('produces what waits in the order of its numbers, with what waited before', async () => {
      get.world().writer.away(true)
      await iga(1n)
      await iga(2n)
      get.world().writer.away(false)
      expect(await sendOne(get.world(), igaChange(3n))).toMatchObject({ ok: true })
      expect(await numbers(get.world(), ALICE_PARTITION)).toEqual([1n, 2n, 3n])
    })
  })
}
