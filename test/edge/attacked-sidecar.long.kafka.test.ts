import { CONTROL_PARTITION, type DenialKind, type Revocation } from '@freshet/protocol'
import { systemClock } from '@freshet/runtime'
import { ACME_IDP, originInWorld } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { sidecarWorld, type SidecarWorld, type StartedSidecar } from './started-sidecar.ts'

const brokers = inject('kafkaBrokers')
const TENANTS = ['acme', 'globex'] as const
type Tenant = (typeof TENANTS)[number]
/** So few places that a flood is cheap; one tenant can take 54 of them. */
const DENIALS_MAX = 90
const DENIALS = 70
/** The smallest budget that a sidecar accepts for each. */
const BUDGET_BYTES = 1_000_000
/** Each takes about 20 kB as a verified token and 2.5 kB as an allow. */
const TOKENS = 600
const VALUES = Array.from({ length: 500 }, (_, n) => `g-${100 + n}`)
const AT_ONCE = 20
const HEARTBEAT_EVERY_MS = 500

describe.runIf(brokers !== null)('a started sidecar that is flooded', () => {
  let behind: SidecarWorld
  let sidecar: StartedSidecar
  let frugal: StartedSidecar

  beforeAll(async () => {
    behind = await sidecarWorld(brokers ?? [])
    ;[sidecar, frugal] = await Promise.all([
      behind.start('wide', {
        FRESHET_EDGE_ID: 'wide',
        FRESHET_DENIALS_MAX: String(DENIALS_MAX),
      }),
      behind.start('frugal', {
        FRESHET_EDGE_ID: 'frugal',
        FRESHET_VERIFIED_TOKEN_BYTES_MAX: String(BUDGET_BYTES),
        FRESHET_ALLOW_BYTES_MAX: String(BUDGET_BYTES),
      }),
    ])
  })
  afterAll(() => behind?.[Symbol.asyncDispose]())

  describe('a load with 600 distinct tokens of 6 kB', () => {
    let tokens: readonly string[]
    beforeAll(() => {
      tokens = Array.from({ length: TOKENS }, (_, n) =>
        tokenOf('acme', { jti: `big-${n}`, groups: ['staff', ...VALUES] }),
      )
    })

    it('allows each of them', async () => {
      for (const at of [sidecar, frugal]) await expectDecision(at, 'acme', { decision: 'allow' })
      expect(tokens[0]?.length).toBeGreaterThan(5_500)
      const counts = [sidecar, frugal].map((at) => allowed(at, tokens))
      expect(await Promise.all(counts)).toEqual([TOKENS, TOKENS])
    })

    it('stays within its bytes of tokens and of allows', async () => {
      for (const part of ['tokens', 'allows']) {
        expect(await bytesOf(frugal, part)).toBeLessThanOrEqual(BUDGET_BYTES)
        expect(await bytesOf(frugal, part)).toBeGreaterThan(BUDGET_BYTES / 3)
      }
    })

    it('control: takes more than that by its default bounds', async () => {
      expect(await bytesOf(sidecar, 'tokens')).toBeGreaterThan(10 * BUDGET_BYTES)
      expect(await bytesOf(sidecar, 'allows')).toBeGreaterThan(BUDGET_BYTES)
    })

    it('reports each allow that gave way, so that its stale allows count as a lower bound', async () => {
      const evictions = async (edge: string): Promise<number> => {
        const reports = await behind.reports()
        const own = reports.filter((report) => report.edge === edge)
        return own.reduce((sum, { allows }) => sum + (allows?.evictions ?? 0), 0)
      }
      await expect.poll(() => evictions('frugal')).toBeGreaterThan(TOKENS / 10)
      expect(await evictions('wide')).toBe(0)
    })
  })

  describe('a flood by one tenant with denials', () => {
    it('lets in both tenants before', async () => {
      for (const tenant of TENANTS) await expectDecision(sidecar, tenant, { decision: 'allow' })
    })

    it('refuses that tenant as unverified, and lets another one in as before', async () => {
      const denials = Array.from({ length: DENIALS }, (_, n) => denial('acme', 'token', `t-${n}`))
      await behind.world.publish(CONTROL_PARTITION, denials)
      await expectDecision(sidecar, 'acme', { decision: 'deny', code: 'token.unverified' })
      await expectDecision(sidecar, 'globex', { decision: 'allow' })
      const text = await metricsOf(sidecar)
      expect(text).toContain('\nfreshet_edge_denials 54\n')
      expect(text).toContain('\nfreshet_edge_denials_overflowing 1\n')
      expect(text).toContain('\nfreshet_edge_watermarks_overflowing 0\n')
    })

    it('still applies the denial of a token of another tenant', async () => {
      const jti = 'theirs'
      await expectDecision(sidecar, 'globex', { decision: 'allow' }, jti)
      await behind.world.publish(CONTROL_PARTITION, [denial('globex', 'token', jti)])
      await expectDecision(sidecar, 'globex', { decision: 'deny', code: 'token.revoked' }, jti)
      await expectDecision(sidecar, 'globex', { decision: 'allow' })
    })

    it.each(TENANTS)('still applies the denial of a key of %s', async (tenant) => {
      const { world } = behind
      await world.publish(CONTROL_PARTITION, [denial(tenant, 'key', world.tokenKey.kid)])
      await expectDecision(sidecar, tenant, { decision: 'deny', code: 'token.revoked' })
    })
  })

  const decisionOf = async (at: StartedSidecar, token: string): Promise<unknown> => {
    const response = await fetch(`${at.url}/v1/check`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, require: { groups: ['staff'] } }),
    })
    return response.json()
  }

  /** Heartbeats continue meanwhile: without them everything would be unverified. */
  async function expectDecision(
    at: StartedSidecar,
    tenant: Tenant,
    expected: object,
    jti = 'any',
  ): Promise<void> {
    const askAgain = async (): Promise<unknown> => {
      await behind.heartbeat(TENANTS)
      return decisionOf(at, tokenOf(tenant, { jti }))
    }
    await expect.poll(askAgain, { interval: 200 }).toMatchObject(expected)
  }

  /** Heartbeats come by time, as those of a reconciler: a slow machine would outlast its lease otherwise. */
  let heartbeatAtMs = -HEARTBEAT_EVERY_MS
  const sendHeartbeatIfDue = async (): Promise<void> => {
    const nowMs = systemClock.monotonicMs()
    if (nowMs - heartbeatAtMs < HEARTBEAT_EVERY_MS) return
    heartbeatAtMs = nowMs
    await behind.heartbeat(TENANTS)
  }

  /** Returns how many of the tokens it allows. */
  async function allowed(at: StartedSidecar, tokens: readonly string[]): Promise<number> {
    let count = 0
    for (let first = 0; first < tokens.length; first += AT_ONCE) {
      await sendHeartbeatIfDue()
      const some = tokens.slice(first, first + AT_ONCE)
      const answers = await Promise.all(some.map((token) => decisionOf(at, token)))
      count += answers.filter((answer) => Object(answer).decision === 'allow').length
    }
    return count
  }

  function tokenOf(tenant: Tenant, claims: Readonly<Record<string, unknown>>): string {
    const label = { e: '1', s: '100', c: '100' }
    const freshet = { ...label, pv: 1, tenant, subiss: ACME_IDP }
    return behind.world.token({ claims: { iss: behind.issuer, freshet, ...claims } })
  }

  function denial(tenant: Tenant, kind: DenialKind, target: string): Revocation {
    const { e, clock } = behind.world
    const change = `denied-${tenant}-${kind}-${target}`
    const origin = originInWorld(change, CONTROL_PARTITION, e, clock.nowMs())
    return { ...origin, tenant, scope: 'denial', denial: kind, target }
  }
})

async function metricsOf({ url }: StartedSidecar): Promise<string> {
  return (await fetch(`${url}/metrics`)).text()
}

async function bytesOf(at: StartedSidecar, part: string): Promise<number> {
  const line = new RegExp(`^freshet_edge_memory_bytes\\{part="${part}"\\} (\\d+)$`, 'm')
  return Number(line.exec(await metricsOf(at))?.[1])
}
