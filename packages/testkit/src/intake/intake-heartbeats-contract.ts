import {
  FreshetError,
  partitionOf,
  PARTITIONS,
  type ClaimChange,
  type Registry,
  type Tenant,
} from '@freshet/protocol'
import type { Incoming } from '@freshet/wire'
import {
  BURST_S,
  HEARTBEAT_TENANTS_PER_SECOND,
  HEARTBEATS_PER_SECOND,
  type SourceHeartbeatsRequest,
  type StampStore,
  type TenantHeartbeat,
} from '@freshet/intake'
import { beforeEach, describe, expect, it } from 'vitest'
import { ACME_IDP, acmeRegistry } from '../acme-registry.ts'
import { ALICE_PARTITION, NOW_MS, sendOne } from './intake-steps.ts'
import {
  hrChange,
  igaChange,
  intakeWorld,
  type IntakeUnderTest,
  type IntakeWorld,
} from './intake-world.ts'

const TENANTS = ['acme', 'globex', 'initech']
/** Enough to find one in each partition. */
const SUBJECTS = 1_000

/** One heartbeat of a source for many tenants (rules 12 and 37). */
export function registerVouchingForMany(get: IntakeUnderTest): void {
  let at: IntakeWorld
  beforeEach(async () => {
    at = world()
    // A feed that was never locked is settled by itself, once.
    for (const source of ['hr', 'iga'])
      for (const tenant of TENANTS)
        await get.under().store.inFeed({ tenant, source }, () => Promise.resolve())
  })
  const world = (store: StampStore = get.under().store): IntakeWorld =>
    intakeWorld({ ...get.under(), store }, registryOf(TENANTS))
  const hr = (tenants: readonly string[] = TENANTS): SourceHeartbeatsRequest => ({
    source: 'hr',
    throughMs: NOW_MS,
    tenants: tenants.map((tenant) => ({ tenant })),
  })
  const lastStated = async (partition = ALICE_PARTITION): Promise<unknown> =>
    statedLast(await at.read(partition))

  describe('one heartbeat for many tenants', () => {
    it("goes to every partition as one record, with each feed's last number there (rule 12)", async () => {
      await sendOne(at, of('acme', hrChange(1n)))
      for (const n of [1n, 2n]) await sendOne(at, of('globex', hrChange(n)))
      expect(await at.gateway.acceptHeartbeats(hr())).toEqual(
        TENANTS.map((tenant) => ({ tenant, ok: true })),
      )
      for (const partition of PARTITIONS) {
        const expected =
          partition === ALICE_PARTITION
            ? { acme: 1n, globex: 2n, initech: 0n }
            : { acme: 0n, globex: 0n, initech: 0n }
        expect(statedLast(await at.read(partition))).toEqual([expected])
      }
    })

    it('leaves out a tenant whose events cannot be produced, and states the others (rule 37)', async () => {
      at.writer.plan('lost')
      await sendOne(at, of('globex', hrChange(1n)))
      await sendOne(at, of('acme', hrChange(1n)))
      const { store } = get.under()
      const unacknowledged: StampStore['unacknowledged'] = (where, ...args) =>
        where.tenant === 'globex'
          ? Promise.reject(new FreshetError('database.unavailable', 'Planned.'))
          : store.unacknowledged(where, ...args)
      at = world({ ...store, unacknowledged })
      expect(codes(await at.gateway.acceptHeartbeats(hr()))).toEqual([
        'ok',
        'event.unacknowledged',
        'ok',
      ])
      expect(await lastStated()).toEqual([{ acme: 1n, initech: 0n }])
    })

    it('states a tenant behind what it covers, in a second record where that waited (rule 37)', async () => {
      at.writer.plan('lost')
      await sendOne(at, of('globex', hrChange(1n)))
      expect(codes(await at.gateway.acceptHeartbeats(hr()))).toEqual(['ok', 'ok', 'ok'])
      const incoming = await at.read(ALICE_PARTITION)
      expect(statedLast(incoming)).toEqual([{ acme: 0n, initech: 0n }, { globex: 1n }])
      const kinds = incoming.map(({ kind }) => kind)
      expect(kinds.indexOf('change')).toBeLessThan(kinds.lastIndexOf('heartbeats'))
    })

    it('waits for no feed that another holds: its tenant follows when the feed is free', async () => {
      let release = (): void => undefined
      const released = new Promise<void>((resolve) => {
        release = resolve
      })
      const isHeld = new Promise<void>((resolve) => {
        void get.under().store.inFeed({ tenant: 'globex', source: 'hr' }, () => {
          resolve()
          return released
        })
      })
      await isHeld
      const answers = at.gateway.acceptHeartbeats(hr())
      try {
        await expect.poll(() => at.writer.records(ALICE_PARTITION).length).toBe(1)
        expect(await lastStated()).toEqual([{ acme: 0n, initech: 0n }])
      } finally {
        release()
      }
      expect(codes(await answers)).toEqual(['ok', 'ok', 'ok'])
      expect(await lastStated()).toEqual([{ acme: 0n, initech: 0n }, { globex: 0n }])
    })

    it('is taken whatever the order in which two gateways name the tenants', async () => {
      const heartbeats = Array.from({ length: 8 }, (_, n) =>
        n % 2 === 0
          ? at.gateway.acceptHeartbeats(hr())
          : at.other.acceptHeartbeats(hr(TENANTS.toReversed())),
      )
      for (const answers of await Promise.all(heartbeats))
        expect(codes(answers)).toEqual(['ok', 'ok', 'ok'])
    })

    it('a dense source leaves out a tenant beyond its first sequence without a stamp (rule 35)', async () => {
      await sendOne(at, of('acme', igaChange(1n)))
      const tenants = [
        { tenant: 'acme', sequence: 1n },
        { tenant: 'globex', sequence: 1n },
        { tenant: 'initech', sequence: 0n },
      ]
      const sendHeartbeats = (): Promise<readonly TenantHeartbeat[]> =>
        at.gateway.acceptHeartbeats({ source: 'iga', throughMs: NOW_MS, tenants })
      expect(codes(await sendHeartbeats())).toEqual(['ok', 'event.sequence', 'ok'])
      await sendOne(at, of('globex', igaChange(1n)))
      expect(codes(await sendHeartbeats())).toEqual(['ok', 'ok', 'ok'])
      expect(await lastStated()).toEqual([
        { acme: 1n, initech: 0n },
        { acme: 1n, globex: 1n, initech: 0n },
      ])
    })

    it('does not wait for what a dense source sends after it', async () => {
      await sendOne(at, of('acme', igaChange(1n)))
      at.writer.plan('lost')
      await sendOne(at, of('acme', igaChange(2n)))
      const tenants = [{ tenant: 'acme', sequence: 1n }]
      await at.gateway.acceptHeartbeats({ source: 'iga', throughMs: NOW_MS, tenants })
      // It covers the first. The recorder waits for the number of the second.
      expect((await at.read(ALICE_PARTITION)).map(({ kind }) => kind)).toEqual([
        'change',
        'heartbeats',
      ])
    })

    it('leaves out a tenant that the registry does not have, or that was sent too often', async () => {
      const one = hr(['globex'])
      for (let n = 0; n < HEARTBEATS_PER_SECOND * BURST_S; n += 1)
        await at.gateway.acceptHeartbeats(one)
      expect(codes(await at.gateway.acceptHeartbeats(hr(['acme', 'globex', 'nobody'])))).toEqual([
        'ok',
        'limit.reached',
        'event.forbidden',
      ])
    })

    it('is refused as a whole beyond the tenants that its source may name in a second', async () => {
      const names = Array.from({ length: 1_000 }, (_, n) => `nobody-${n}`)
      for (let n = 0; n < HEARTBEAT_TENANTS_PER_SECOND * BURST_S; n += names.length)
        await at.gateway.acceptHeartbeats(hr(names))
      await expect(at.gateway.acceptHeartbeats(hr())).rejects.toMatchObject({
        code: 'limit.reached',
      })
    })

    it('is refused as a whole from the future, from strangers and with the wrong numbering', async () => {
      const sendHeartbeats = (more: Partial<SourceHeartbeatsRequest>): Promise<unknown> =>
        at.gateway.acceptHeartbeats({ ...hr(), ...more })
      await expect(sendHeartbeats({ throughMs: NOW_MS + 2_001 })).rejects.toMatchObject({
        errors: [{ pointer: '/through' }],
      })
      await expect(sendHeartbeats({ source: 'mallory' })).rejects.toMatchObject({
        code: 'event.forbidden',
      })
      await expect(sendHeartbeats({ source: 'freshet' })).rejects.toMatchObject({
        code: 'event.forbidden',
      })
      const mixed = [{ tenant: 'acme', sequence: 1n }, { tenant: 'globex' }]
      await expect(sendHeartbeats({ tenants: mixed })).rejects.toMatchObject({
        errors: [{ pointer: '/tenants/0/sequence' }],
      })
      await expect(sendHeartbeats({ source: 'iga', tenants: mixed })).rejects.toMatchObject({
        errors: [{ pointer: '/tenants/1/sequence' }],
      })
      expect(await lastStated()).toEqual([])
    })
  })
}

function registryOf(tenants: readonly string[]): Registry {
  const identityProviders = [{ issuer: ACME_IDP, keys: 'keys/idp.jwks.json' }]
  const named = tenants.map((id): [string, Tenant] => [id, { id, identityProviders }])
  return acmeRegistry({ tenants: new Map(named) })
}

/** The change in another tenant, of a subject in the same partition. */
function of(tenant: string, change: ClaimChange): ClaimChange {
  const subjects = Array.from({ length: SUBJECTS }, (_, n) => {
    return { ...change.subject, tenant, sub: `alice-${n}` }
  })
  const subject = subjects.find((each) => partitionOf(each) === ALICE_PARTITION)
  if (subject === undefined) throw new Error('No subject stands in that partition.')
  return { ...change, tenant, subject }
}

function codes(answers: readonly TenantHeartbeat[]): readonly string[] {
  return answers.map((answer) => (answer.ok ? 'ok' : answer.error.code))
}

/** The last number of each tenant, for each record for many tenants. */
function statedLast(incoming: readonly Incoming[]): readonly object[] {
  return incoming.flatMap((each) =>
    each.kind === 'heartbeats'
      ? [Object.fromEntries(each.heartbeats.map(({ tenant, last }) => [tenant, last]))]
      : [],
  )
}
