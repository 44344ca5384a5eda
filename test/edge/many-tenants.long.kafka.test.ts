import type { ThroughGroup } from '@freshet/protocol'
import { tenantListName } from '@freshet/wire'
import { systemClock } from '@freshet/runtime'
import { ACME_IDP } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { sidecarWorld, type SidecarWorld, type StartedSidecar } from './started-sidecar.ts'

const brokers = inject('kafkaBrokers')
const LISTED = ['acme', 'globex'] as const
const OUTSIDE = 'initech'
const LEASE_AND_MORE = { timeout: 20_000 }
const require = { groups: ['payments-approvers'] }

/** Returns a list with its tenants, or its name alone. */
const carrying = (tenants: readonly string[]) => ({ list: tenantListName(tenants), tenants })
const naming = (tenants: readonly string[]) => ({ list: tenantListName(tenants) })

describe.runIf(brokers !== null)(
  'a started sidecar whose heartbeats state tenants in groups',
  () => {
    let behind: SidecarWorld
    let first: StartedSidecar

    beforeAll(async () => {
      behind = await sidecarWorld(brokers ?? [])
      first = await behind.start('first', { FRESHET_TENANTS: '*' })
    })
    afterAll(() => behind?.[Symbol.asyncDispose]())

    const state = (list: Pick<ThroughGroup, 'list' | 'tenants'>): Promise<void> => {
      const nowMs = systemClock.nowMs()
      const sources = new Map(
        [...behind.world.map.leasesMs.keys()].map((source) => [source, nowMs]),
      )
      return behind.heartbeat([], {
        stated: { through: new Map(), groups: [{ ...list, sources }] },
      })
    }
    const decision = async (at: StartedSidecar, tenant: string): Promise<unknown> => {
      const freshet = { e: '1', s: '100', c: '100', pv: 1, tenant, subiss: ACME_IDP }
      const token = behind.world.token({ claims: { iss: behind.issuer, freshet } })
      const response = await fetch(`${at.url}/v1/check`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token, require }),
      })
      return ((await response.json()) as { readonly decision: unknown }).decision
    }
    const whileStating = (
      list: Pick<ThroughGroup, 'list' | 'tenants'>,
      at: StartedSidecar,
      tenant: string,
    ) =>
      expect.poll(async () => {
        await state(list)
        return decision(at, tenant)
      }, LEASE_AND_MORE)

    it('calls the tenants of the list fresh, and no other one (rule 50)', async () => {
      for (const tenant of LISTED) await whileStating(carrying(LISTED), first, tenant).toBe('allow')
      expect(await decision(first, OUTSIDE)).toBe('deny')
    })

    it('goes on while heartbeats name the list, also after a start that reads it from the topic', async () => {
      await whileStating(naming(LISTED), first, 'globex').toBe('allow')
      const second = await behind.start('second', { FRESHET_TENANTS: '*' })
      await whileStating(naming(LISTED), second, 'globex').toBe('allow')
      expect(await decision(second, OUTSIDE)).toBe('deny')
    })

    it('control: believes nothing of a list that it never read, and all of it once it has it', async () => {
      const later = [...LISTED, OUTSIDE]
      await whileStating(naming(later), first, 'globex').toBe('deny')
      await whileStating(carrying(later), first, OUTSIDE).toBe('allow')
    })
  },
)
