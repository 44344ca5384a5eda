import { FreshetError, partitionOf, PARTITIONS, type Change } from '@freshet/domain'
import { contentHash, encodeChange, type Incoming } from '@freshet/events'
import type { Acceptance, Feed } from '@freshet/intake'
import { beforeEach, describe, expect, it } from 'vitest'
import { acmeRegistry } from './acme-registry.ts'
import {
  hrChange,
  igaChange,
  intakeWorld,
  type IntakeWorld,
  type StampStoreUnderTest,
} from './intake-world.ts'

const IGA: Feed = { tenant: 'acme', source: 'iga' }
const HR: Feed = { tenant: 'acme', source: 'hr' }
const ALICE = partitionOf(igaChange(1n).subject)
const NOW_MS = 1_795_514_400_000
/** Two contents of a registry file, as their hashes are written. */
const ONE = 'one'.padEnd(43, '_')
const TWO = 'two'.padEnd(43, '_')

/**
 * The contract of a store of stamps, as the gateways use it: rules 34 to 37, with crashes between
 * any two steps, unknown outcomes, gateways that work at once, zombies and restores.
 */
export function registerIntakeContract(
  name: string,
  make: () => Promise<StampStoreUnderTest>,
): void {
  describe(`stamps in ${name}`, () => {
    let under: StampStoreUnderTest
    let world: IntakeWorld
    beforeEach(async () => {
      under = await make()
      world = intakeWorld(under)
    })
    const iga = (...sequences: bigint[]): Promise<Acceptance[]> =>
      Promise.all(sequences.map((n) => sendOne(world, igaChange(n))))

    describe('accepting', () => {
      it('answers with the place of the record, which the reconciler reads as it was sent', async () => {
        const change = igaChange(1n)
        expect(await sendOne(world, change)).toEqual(accepted('iga-1', [ALICE, 0n]))
        const [read] = await world.read(ALICE)
        expect(read).toMatchObject({
          kind: 'change',
          change,
          stamp: { partition: ALICE, number: 1n },
          contentHash: contentHash(encodeChange(change)),
        })
      })

      it('keeps the trace context of the request', async () => {
        const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
        await world.gateway.acceptChanges('iga', [{ change: igaChange(1n), traceparent }])
        expect((await world.read(ALICE))[0]).toMatchObject({ traceparent })
      })

      it('gives the same content the same place, and refuses other content of that id', async () => {
        const first = await sendOne(world, igaChange(1n))
        expect(await sendOne(world, igaChange(1n))).toEqual(first)
        expect(await sendOne(world, igaChange(1n, { op: 'add' }))).toMatchObject(
          refused('event.conflict'),
        )
        expect(world.writer.records(ALICE)).toHaveLength(1)
      })

      it('refuses another event of a sequence that was given', async () => {
        await iga(1n)
        const answer = await sendOne(world, igaChange(1n, { id: 'another' }))
        expect(answer).toMatchObject(refused('event.conflict', /Sequence 1.*iga-1/))
      })

      it('names the expected sequence to a dense source that sends another (rule 35)', async () => {
        await iga(1n)
        expect(await sendOne(world, igaChange(3n))).toMatchObject(
          refused('event.sequence', /expected one is 2/),
        )
        expect(world.writer.records(ALICE)).toHaveLength(1)
      })

      it('decides a batch in order and answers each item', async () => {
        const changes = [1n, 2n, 4n, 3n, 2n].map((n) => ({ change: igaChange(n) }))
        const answers = await world.gateway.acceptChanges('iga', changes)
        expect(answers.map(({ ok, id }) => [id, ok])).toEqual([
          ['iga-1', true],
          ['iga-2', true],
          ['iga-4', false],
          ['iga-3', true],
          ['iga-2', true],
        ])
        expect(await numbers(world, ALICE)).toEqual([1n, 2n, 3n])
      })

      it('numbers each partition of a feed densely, whatever the subject (rule 12)', async () => {
        const subs = Array.from({ length: 40 }, (_, n) => `user-${n}`)
        const changes = subs.map((sub, n) =>
          hrChange(BigInt(n), { subject: { ...hrChange(0n).subject, sub } }),
        )
        const answers = await world.gateway.acceptChanges(
          'hr',
          changes.map((change) => ({ change })),
        )
        expect(answers.every(({ ok }) => ok)).toBe(true)
        for (const partition of PARTITIONS) {
          const given = await numbers(world, partition)
          expect(given).toEqual(given.map((_, n) => BigInt(n + 1)))
        }
      })

      it('writes the borders of a snapshot to every partition', async () => {
        const border = snapshot('snapshot-begin', 1n)
        expect(await sendOne(world, border)).toEqual(
          accepted('iga-1', ...PARTITIONS.map((partition) => [partition, 0n] as const)),
        )
      })
    })

    describe('crash and unknown outcome', () => {
      it('sweeps what a gateway stamped and did not produce, byte for byte (rule 34)', async () => {
        world.writer.away(true)
        expect(await sendOne(world, igaChange(1n))).toMatchObject(refused('broker.unavailable'))
        world.writer.away(false)
        expect(await world.other.sweep()).toEqual([])
        expect(world.writer.records(ALICE)).toHaveLength(0)
        await under.age(1_500)
        await world.other.sweep()
        expect(await numbers(world, ALICE)).toEqual([1n])
        expect(await sendOne(world, igaChange(1n))).toEqual(accepted('iga-1', [ALICE, 0n]))
      })

      it('never answers a retry because the event is stamped (rule 34)', async () => {
        world.writer.away(true)
        await iga(1n)
        expect(await sendOne(world, igaChange(1n))).toMatchObject(refused('broker.unavailable'))
        world.writer.away(false)
        expect(await sendOne(world, igaChange(1n))).toMatchObject({ ok: true })
        expect(world.writer.records(ALICE)).toHaveLength(1)
      })

      it('produces again when an append was lost, landed unseen, or lands late', async () => {
        for (const fate of ['lost', 'landed', 'late'] as const) {
          world.writer.plan(fate)
          const n = { lost: 1n, landed: 2n, late: 3n }[fate]
          expect(await sendOne(world, igaChange(n))).toMatchObject(refused('broker.unavailable'))
          expect(await sendOne(world, igaChange(n))).toMatchObject({ ok: true })
        }
        world.writer.landLate()
        expect(await numbers(world, ALICE)).toEqual([1n, 2n, 2n, 3n, 3n])
        const [, first, again] = world.writer.records(ALICE)
        expect(again?.value).toEqual(first?.value)
        expect(again?.headers).toEqual(first?.headers)
      })

      it('keeps the first known place of a record that landed twice', async () => {
        await iga(1n)
        await under.store.acknowledge({ ...IGA, partition: ALICE }, [{ id: 'iga-1', offset: 9n }])
        expect(await sendOne(world, igaChange(1n))).toEqual(accepted('iga-1', [ALICE, 0n]))
      })

      it('leaves nothing of work that failed inside the lock', async () => {
        const failed = under.store.inFeed(IGA, async (tx) => {
          const [number = 0n] = (await tx.freeNumbers(new Map([[ALICE, 1]]))).get(ALICE) ?? []
          await tx.insert([newStamp(igaChange(1n), ALICE, number)])
          throw new FreshetError('broker.unavailable', 'Planned.')
        })
        await expect(failed).rejects.toMatchObject({ code: 'broker.unavailable' })
        expect(await under.store.find(IGA, ['iga-1'])).toEqual([])
        expect(await sendOne(world, igaChange(1n))).toMatchObject({ ok: true })
      })

      it('produces what waits in the order of its numbers, with what waited before', async () => {
        world.writer.away(true)
        await iga(1n)
        await iga(2n)
        world.writer.away(false)
        expect(await sendOne(world, igaChange(3n))).toMatchObject({ ok: true })
        expect(await numbers(world, ALICE)).toEqual([1n, 2n, 3n])
      })
    })

    describe('several gateways', () => {
      it('stamps an event once that is sent to two gateways at once', async () => {
        const change = igaChange(1n)
        const answers = await Promise.all([
          world.gateway.acceptChange({ change }, 'iga'),
          world.other.acceptChange({ change }, 'iga'),
        ])
        expect(answers[0]).toEqual(answers[1])
        expect(new Set(await numbers(world, ALICE))).toEqual(new Set([1n]))
      })

      it('lets gateways of one feed take turns, so that no number is given twice', async () => {
        const sends = Array.from({ length: 30 }, (_, n) =>
          (n % 2 === 0 ? world.gateway : world.other).acceptChange(
            { change: hrChange(BigInt(n)) },
            'hr',
          ),
        )
        const answers = await Promise.all(sends)
        expect(answers.every(({ ok }) => ok)).toBe(true)
        const given = [...new Set(await numbers(world, ALICE))].toSorted((a, b) => Number(a - b))
        expect(given).toEqual(sends.map((_, n) => BigInt(n + 1)))
      })

      it('lets a zombie finish what another gateway has produced meanwhile', async () => {
        const hold = world.writer.hold()
        const zombie = world.gateway.acceptChange({ change: igaChange(1n) }, 'iga')
        await hold.reached
        await under.age(1_500)
        await world.other.sweep()
        hold.release()
        expect(await zombie).toEqual(accepted('iga-1', [ALICE, 0n]))
        expect(await numbers(world, ALICE)).toEqual([1n, 1n])
      })

      it('does not let a zombie answer for a stamp that a restore has taken away', async () => {
        const restore = await under.backup()
        const hold = world.writer.hold()
        const zombie = sendOne(world, igaChange(1n))
        await hold.reached
        await restore()
        hold.release()
        expect(await zombie).toMatchObject(refused('broker.unavailable'))
        await world.relearn(ALICE)
        expect(await sendOne(world, igaChange(1n))).toEqual(accepted('iga-1', [ALICE, 0n]))
      })
    })

    describe('a database that was restored', () => {
      it('learns its stamps again and answers by them without producing (rule 35)', async () => {
        const restore = await under.backup()
        await iga(1n)
        await iga(2n)
        await restore()
        await world.relearn(ALICE)
        expect(await sendOne(world, igaChange(2n))).toEqual(accepted('iga-2', [ALICE, 1n]))
        expect(await sendOne(world, igaChange(3n))).toMatchObject({ ok: true })
        expect(await numbers(world, ALICE)).toEqual([1n, 2n, 3n])
      })

      it('expects the first sequence without a stamp, not the one after the last (rule 35)', async () => {
        await iga(1n)
        const restore = await under.backup()
        const bob = { ...igaChange(1n).subject, sub: 'bob' }
        expect(partitionOf(bob)).not.toBe(ALICE)
        world.writer.plan('lost')
        await sendOne(world, igaChange(2n, { subject: bob }))
        await sendOne(world, igaChange(3n))
        await restore()
        await world.relearn(ALICE)
        expect(await sendOne(world, igaChange(4n))).toMatchObject(
          refused('event.sequence', /expected one is 2/),
        )
        await expect(beat(world, 3n)).rejects.toMatchObject({ code: 'event.sequence' })
        // The control: "after the last" would have let the heartbeat pass over a lost event.
        const known = await under.store.find(IGA, ['iga-1', 'iga-2', 'iga-3'])
        const afterLast = 1n + BigInt(Math.max(...known.map(({ sequence }) => Number(sequence))))
        expect(afterLast).toBe(4n)
        expect(await changeIds(world, partitionOf(bob))).toEqual([])
        expect(await sendOne(world, igaChange(2n, { subject: bob }))).toMatchObject({ ok: true })
        expect(await sendOne(world, igaChange(4n))).toMatchObject({ ok: true })
      })

      it('may give a number again; both records stand in the topic (rule 36)', async () => {
        const restore = await under.backup()
        await iga(1n)
        await restore()
        expect(await sendOne(world, igaChange(1n, { id: 'again' }))).toMatchObject({ ok: true })
        await world.relearn(ALICE)
        expect(await numbers(world, ALICE)).toEqual([1n, 1n])
        expect(await changeIds(world, ALICE)).toEqual(['iga-1', 'again'])
        expect(await sendOne(world, igaChange(2n))).toMatchObject({ ok: true })
        expect(await numbers(world, ALICE)).toEqual([1n, 1n, 2n])
      })

      it('closes a hole in the numbers with the next event', async () => {
        await iga(1n)
        await under.learn(learned('elsewhere', 3n))
        await iga(2n)
        expect(await numbers(world, ALICE)).toEqual([1n, 2n])
        await iga(3n)
        expect(await numbers(world, ALICE)).toEqual([1n, 2n, 4n])
      })

      it('numbers the end of a snapshot above every hole, so that it can fill them', async () => {
        await iga(1n)
        await under.learn(learned('elsewhere', 7n))
        await sendOne(world, snapshot('snapshot-end', 2n))
        expect(await numbers(world, ALICE)).toEqual([1n, 8n])
      })

      it('gives a fan-out of which it knows a part the places that are missing', async () => {
        const restore = await under.backup()
        await sendOne(world, snapshot('snapshot-begin', 1n))
        await restore()
        await world.relearn(0)
        await world.relearn(1)
        const again = await sendOne(world, snapshot('snapshot-begin', 1n))
        expect(again).toMatchObject({ ok: true, positions: { length: PARTITIONS.length } })
        expect(await numbers(world, 0)).toEqual([1n])
        expect(await numbers(world, 2)).toEqual([1n, 1n])
      })
    })

    describe('heartbeats', () => {
      it("go to every partition, with that partition's last number (rule 12)", async () => {
        await iga(1n)
        await iga(2n)
        await beat(world, 2n)
        for (const partition of PARTITIONS) {
          const last = partition === ALICE ? 2n : 0n
          expect((await world.read(partition)).at(-1)).toEqual({
            kind: 'heartbeat',
            heartbeat: { kind: 'heartbeat', ...IGA, throughMs: NOW_MS, last },
          })
        }
      })

      it('are refused while something that they cover cannot be produced (rule 37)', async () => {
        world.writer.away(true)
        await iga(1n)
        await expect(beat(world, 1n)).rejects.toMatchObject({ code: 'event.unacknowledged' })
        await sendOne(world, hrChange(1n))
        await expect(beatHr(world)).rejects.toMatchObject({ code: 'event.unacknowledged' })
        world.writer.away(false)
        expect(PARTITIONS.flatMap((partition) => world.writer.records(partition))).toEqual([])
      })

      it('stand after everything that they cover (rule 37)', async () => {
        world.writer.plan('lost')
        await iga(1n)
        await beat(world, 1n)
        expect((await world.read(ALICE)).map(({ kind }) => kind)).toEqual(['change', 'heartbeat'])
      })

      it('do not wait for what a dense source sends after them', async () => {
        await iga(1n)
        world.writer.plan('lost')
        await iga(2n)
        await beat(world, 1n)
        expect((await world.read(ALICE)).map(({ kind }) => kind)).toEqual(['change', 'heartbeat'])
      })

      it('are refused beyond the first sequence without a stamp (rule 35)', async () => {
        await iga(1n)
        await expect(beat(world, 2n)).rejects.toMatchObject({ code: 'event.sequence' })
      })

      it('control: appended without waiting, one would vouch for a lost event (rule 37)', async () => {
        world.writer.plan('lost')
        await iga(1n)
        const [tally] = await under.store.inFeed(IGA, (tx) => tx.tally([ALICE], 1n))
        expect(tally).toEqual({ partition: ALICE, last: 1n, unacknowledged: true })
        expect(world.writer.records(ALICE)).toEqual([])
      })

      it('are refused from the future, from strangers and with the wrong numbering', async () => {
        const at = (more: object) =>
          world.gateway.acceptHeartbeat({ ...HR, throughMs: NOW_MS, ...more })
        await expect(at({ throughMs: NOW_MS + 2_001 })).rejects.toMatchObject({
          code: 'event.malformed',
          errors: [{ pointer: '/through', rule: expect.stringContaining('2000 ms') }],
        })
        await expect(at({ sequence: 1n })).rejects.toMatchObject({ code: 'event.malformed' })
        await expect(at({ source: 'iga' })).rejects.toMatchObject({ code: 'event.malformed' })
        await expect(at({ source: 'mallory' })).rejects.toMatchObject({ code: 'event.forbidden' })
        await expect(at({ tenant: 'other' })).rejects.toMatchObject({ code: 'event.forbidden' })
        await expect(at({ throughMs: NOW_MS + 2_000 })).resolves.toBeUndefined()
      })
    })

    describe('activation', () => {
      const activate = (version: number, hash: string, minimum = 0) =>
        intakeWorld(under, acmeRegistry({ version })).gateway.activateRegistry({ hash, minimum })

      it('is written once to every partition, whoever starts and however often (rule 32)', async () => {
        await Promise.all([
          world.gateway.activateRegistry({ hash: ONE }),
          world.other.activateRegistry({ hash: ONE }),
        ])
        await world.gateway.activateRegistry({ hash: ONE })
        for (const partition of PARTITIONS) {
          expect(new Set(await numbers(world, partition))).toEqual(new Set([1n]))
          expect((await world.read(partition))[0]).toMatchObject({
            change: { kind: 'activate', tenant: '*', source: 'freshet', pv: 1, hash: ONE },
          })
        }
      })

      it('of an older version than was announced is not written', async () => {
        expect(await activate(3, ONE, 2)).toMatchObject({ ok: true, id: 'activate-3' })
        expect(await activate(2, TWO)).toBeUndefined()
        expect(await activate(4, TWO)).toMatchObject({ ok: true, id: 'activate-4' })
      })

      it('of one version with two contents is an error', async () => {
        await activate(2, ONE)
        await expect(activate(2, TWO)).rejects.toMatchObject({ code: 'registry.invalid' })
        await expect(activate(2, ONE, 1)).rejects.toMatchObject({ code: 'registry.invalid' })
      })
    })

    describe('what a source sees of itself', () => {
      it('is its newest event, the expected sequence and how much waits', async () => {
        expect(await world.gateway.sourceStatus('iga')).toEqual([
          { tenant: 'acme', lastAccepted: null, next: 1n, unacknowledged: 0 },
        ])
        await iga(1n)
        world.writer.plan('lost')
        await iga(2n)
        expect(await world.gateway.sourceStatus('iga', 'acme')).toMatchObject([
          { lastAccepted: { id: 'iga-2' }, next: 3n, unacknowledged: 1 },
        ])
        await under.learn({ ...learned('elsewhere', 9n), sequence: 4n })
        expect(await world.gateway.sourceStatus('iga')).toMatchObject([{ next: 3n }])
        await sendOne(world, igaChange(3n))
        expect(await world.gateway.sourceStatus('iga')).toMatchObject([{ next: 5n }])
      })

      it('names no sequence where the gateway numbers, and nothing to strangers', async () => {
        expect((await world.gateway.sourceStatus('hr'))[0]).not.toHaveProperty('next')
        await expect(world.gateway.sourceStatus('mallory')).rejects.toMatchObject({
          code: 'event.forbidden',
        })
      })
    })
  })
}

async function sendOne(world: IntakeWorld, change: Change): Promise<Acceptance> {
  const [answer] = await world.gateway.acceptChanges(change.source, [{ change }])
  if (answer === undefined) throw new Error('no answer')
  return answer
}

function beat(world: IntakeWorld, sequence: bigint): Promise<void> {
  return world.gateway.acceptHeartbeat({ ...IGA, throughMs: NOW_MS, sequence })
}

function beatHr(world: IntakeWorld): Promise<void> {
  return world.gateway.acceptHeartbeat({ ...HR, throughMs: NOW_MS })
}

function accepted(id: string, ...positions: readonly (readonly [number, bigint])[]): object {
  return {
    ok: true,
    id,
    positions: positions.map(([partition, offset]) => ({ partition, offset })),
  }
}

function refused(code: string, message = /./): object {
  return { ok: false, error: { code, message: expect.stringMatching(message) } }
}

function snapshot(kind: 'snapshot-begin' | 'snapshot-end', sequence: bigint): Change {
  const { tenant, source, id, occurredAtMs, sourceVersion } = igaChange(sequence)
  return { kind, tenant, source, id, occurredAtMs, sourceVersion, sequence }
}

function learned(id: string, number: bigint) {
  return { ...IGA, id, partition: ALICE, number, sequence: null, contentHash: 'h', offset: 5n }
}

function newStamp(change: Change, partition: number, number: bigint) {
  const record = encodeChange(change)
  const sequence = change.sequence ?? null
  return { id: change.id, partition, number, sequence, contentHash: contentHash(record), record }
}

async function changesIn(
  world: IntakeWorld,
  partition: number,
): Promise<readonly Extract<Incoming, { kind: 'change' }>[]> {
  const incoming = await world.read(partition)
  return incoming.flatMap((each) => (each.kind === 'change' ? [each] : []))
}

async function numbers(world: IntakeWorld, partition: number): Promise<readonly bigint[]> {
  return (await changesIn(world, partition)).map(({ stamp }) => stamp.number)
}

async function changeIds(world: IntakeWorld, partition: number): Promise<readonly string[]> {
  return (await changesIn(world, partition)).map(({ change }) => change.id)
}
