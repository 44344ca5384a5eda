import { PARTITIONS } from '@freshet/protocol'
import type { Acceptance, StampStore } from '@freshet/intake'
import { describe, expect, it } from 'vitest'
import { acmeRegistry } from '../acme-registry.ts'
import {
  ALICE_PARTITION,
  sendHeartbeat,
  sendHrHeartbeat,
  HR,
  IGA,
  NOW_MS,
  numbers,
  ONE,
  sendOne,
  TWO,
} from './intake-steps.ts'
import { igaChange, hrChange, intakeWorld, type IntakeUnderTest } from './intake-world.ts'

/** Heartbeats and activations (rules 12, 32, 37). */
export function registerVouching(get: IntakeUnderTest): void {
  const iga = (...sequences: bigint[]): Promise<Acceptance[]> =>
    Promise.all(sequences.map((n) => sendOne(get.world(), igaChange(n))))

  describe('heartbeats', () => {
    it("go to every partition, with that partition's last number (rule 12)", async () => {
      await iga(1n)
      await iga(2n)
      await sendHeartbeat(get.world(), 2n)
      for (const partition of PARTITIONS) {
        const last = partition === ALICE_PARTITION ? 2n : 0n
        expect((await get.world().read(partition)).at(-1)).toEqual({
          kind: 'heartbeat',
          heartbeat: { kind: 'heartbeat', ...IGA, throughMs: NOW_MS, last },
        })
      }
    })

    it('are refused while something that they cover cannot be produced (rule 37)', async () => {
      get.world().writer.away(true)
      await iga(1n)
      await expect(sendHeartbeat(get.world(), 1n)).rejects.toMatchObject({
        code: 'event.unacknowledged',
      })
      await sendOne(get.world(), hrChange(1n))
      await expect(sendHrHeartbeat(get.world())).rejects.toMatchObject({
        code: 'event.unacknowledged',
      })
      get.world().writer.away(false)
      expect(PARTITIONS.flatMap((partition) => get.world().writer.records(partition))).toEqual([])
    })

    it('stand after everything that they cover (rule 37)', async () => {
      get.world().writer.plan('lost')
      await iga(1n)
      await sendHeartbeat(get.world(), 1n)
      expect((await get.world().read(ALICE_PARTITION)).map(({ kind }) => kind)).toEqual([
        'change',
        'heartbeat',
      ])
    })

    it('are refused where a restore took away what they cover while it was produced (rule 37)', async () => {
      const { store } = get.under()
      const restore = await get.under().backup()
      get.world().writer.plan('lost')
      await iga(1n)
      const unacknowledged: StampStore['unacknowledged'] = async (...args) => {
        await restore()
        return store.unacknowledged(...args)
      }
      const { gateway, writer } = intakeWorld({
        ...get.under(),
        store: { ...store, unacknowledged },
      })
      await expect(
        gateway.acceptHeartbeat({ ...IGA, throughMs: NOW_MS, sequence: 1n }),
      ).rejects.toMatchObject({ code: 'event.sequence' })
      expect(PARTITIONS.flatMap((partition) => writer.records(partition))).toEqual([])
    })

    it('are refused where a restore took away that it was acknowledged (rule 37)', async () => {
      const { store } = get.under()
      get.world().writer.plan('lost')
      await iga(1n)
      const restore = await get.under().backup()
      const acknowledge: StampStore['acknowledge'] = async (at, landed) => {
        await store.acknowledge(at, landed)
        await restore()
      }
      const { gateway, writer } = intakeWorld({
        ...get.under(),
        store: { ...store, acknowledge },
      })
      await expect(
        gateway.acceptHeartbeat({ ...IGA, throughMs: NOW_MS, sequence: 1n }),
      ).rejects.toMatchObject({ code: 'event.unacknowledged' })
      expect(writer.records(ALICE_PARTITION)).toHaveLength(1)
    })

    it('do not wait for what a dense source sends after them', async () => {
      await iga(1n)
      get.world().writer.plan('lost')
      await iga(2n)
      await sendHeartbeat(get.world(), 1n)
      expect((await get.world().read(ALICE_PARTITION)).map(({ kind }) => kind)).toEqual([
        'change',
        'heartbeat',
      ])
    })

    it('are refused beyond the first sequence without a stamp (rule 35)', async () => {
      await iga(1n)
      await expect(sendHeartbeat(get.world(), 2n)).rejects.toMatchObject({ code: 'event.sequence' })
    })

    it('are refused from the future, from strangers and with the wrong numbering', async () => {
      const at = (more: object) =>
        get.world().gateway.acceptHeartbeat({ ...HR, throughMs: NOW_MS, ...more })
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
      intakeWorld(get.under(), acmeRegistry({ version })).gateway.activateRegistry({
        hash,
        minimum,
      })

    it('is written once to every partition, by any gateway and for any number of starts (rule 32)', async () => {
      await Promise.all([
        get.world().gateway.activateRegistry({ hash: ONE }),
        get.world().other.activateRegistry({ hash: ONE }),
      ])
      await get.world().gateway.activateRegistry({ hash: ONE })
      for (const partition of PARTITIONS) {
        expect(new Set(await numbers(get.world(), partition))).toEqual(new Set([1n]))
        expect((await get.world().read(partition))[0]).toMatchObject({
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
}
