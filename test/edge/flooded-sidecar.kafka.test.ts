import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CONTROL_PARTITION, type DenialKind, type Revocation } from '@freshet/domain'
import { EDGE_REPORTS_TOPIC, REVOCATIONS_TOPIC, type LogWriter } from '@freshet/events'
import { createKafka, planTopics } from '@freshet/kafka'
import { systemClock } from '@freshet/runtime'
import { ACME_IDP, edgeWorld, ManualClock, originOf, type EdgeWorld } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { freePorts } from '../../packages/cli/src/stack/free-port.ts'
import { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'
import { serviceEntry } from '../../packages/cli/src/stack/paths.ts'
import { issuerOf, type Issuer } from './issuer.ts'

const brokers = inject('kafkaBrokers')
const TENANTS = ['acme', 'globex'] as const
type Tenant = (typeof TENANTS)[number]
/** So few that a flood is cheap; one tenant can take 54 of them. */
const DENIALS_MAX = 90
const FLOOD = 70
const WAIT = { timeout: 20_000, interval: 50 }

describe.runIf(brokers !== null)('a started sidecar that one tenant floods with denials', () => {
  const kafka = createKafka({ brokers: brokers ?? [], clientId: 'freshet-test' })
  const clock = new ManualClock(systemClock.nowMs())
  let world: EdgeWorld
  let issuer: Issuer
  let sidecar: ManagedProcess
  let url: string
  let dir: string

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freshet-flood-'))
    await kafka.topics.apply(plans())
    world = await edgeWorld(clock, patient(kafka.writer()))
    await world.begin()
    issuer = await issuerOf(world)
    const [port] = await freePorts(1)
    url = `http://127.0.0.1:${port}`
    const env = {
      KAFKA_BROKERS: (brokers ?? []).join(','),
      FRESHET_ISSUER: issuer.url,
      FRESHET_AUDIENCE: 'payments',
      FRESHET_PORT: String(port),
      FRESHET_PROXY_PORT: '0',
      FRESHET_DENIALS_MAX: String(DENIALS_MAX),
    }
    const logFile = join(dir, 'sidecar.log')
    sidecar = new ManagedProcess(
      { name: 'sidecar', entry: serviceEntry('sidecar'), env, logFile },
      () => {},
    )
    await sidecar.start()
  })
  afterAll(async () => {
    await sidecar?.stop()
    await issuer?.[Symbol.asyncDispose]()
    await kafka.topics.remove([REVOCATIONS_TOPIC, EDGE_REPORTS_TOPIC])
    await kafka.close()
    await rm(dir, { recursive: true })
  })

  it('lets in both tenants before', async () => {
    for (const tenant of TENANTS) await expectDecision(tenant, { decision: 'allow' })
  })

  it('refuses that tenant as unverified, and lets another one in as before', async () => {
    const flood = Array.from({ length: FLOOD }, (_, n) => denial('acme', 'token', `t-${n}`))
    await world.publish(CONTROL_PARTITION, flood)
    await expectDecision('acme', { decision: 'deny', code: 'token.unverified' })
    await expectDecision('globex', { decision: 'allow' })
    const text = await (await fetch(`${url}/metrics`)).text()
    expect(text).toContain('\nfreshet_edge_denials 54\n')
    expect(text).toContain('\nfreshet_edge_denials_overflowing 1\n')
    expect(text).toContain('\nfreshet_edge_watermarks_overflowing 0\n')
  })

  it('still applies the denial of a token of another tenant', async () => {
    const jti = 'theirs'
    await expectDecision('globex', { decision: 'allow' }, jti)
    await world.publish(CONTROL_PARTITION, [denial('globex', 'token', jti)])
    await expectDecision('globex', { decision: 'deny', code: 'token.revoked' }, jti)
    await expectDecision('globex', { decision: 'allow' })
  })

  it.each(TENANTS)('still applies the denial of a key of %s', async (tenant) => {
    await world.publish(CONTROL_PARTITION, [denial(tenant, 'key', world.tokenKey.kid)])
    await expectDecision(tenant, { decision: 'deny', code: 'token.revoked' })
  })

  /** Heartbeats go on meanwhile: without them everything would be unverified. */
  async function expectDecision(tenant: Tenant, expected: object, jti?: string): Promise<void> {
    const asked = async (): Promise<unknown> => {
      clock.jumpWall(systemClock.nowMs() - clock.nowMs())
      await world.heartbeat({ tenants: TENANTS })
      const response = await fetch(`${url}/v1/check`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: tokenOf(tenant, jti), require: { groups: ['staff'] } }),
      })
      return response.json()
    }
    await expect.poll(asked, { interval: 200 }).toMatchObject(expected)
  }

  function tokenOf(tenant: Tenant, jti = 'any'): string {
    const label = { e: '1', s: '100', c: '100' }
    const freshet = { ...label, pv: 1, tenant, subiss: ACME_IDP }
    return world.token({ claims: { iss: issuer.url, jti, freshet } })
  }

  function denial(tenant: Tenant, kind: DenialKind, target: string): Revocation {
    const change = `denied-${tenant}-${kind}-${target}`
    const origin = originOf(change, CONTROL_PARTITION, world.e, clock.nowMs())
    return { ...origin, tenant, scope: 'denial', denial: kind, target }
  }
})

/** A topic that was just made can lack a leader for a moment. */
function patient(writer: LogWriter): LogWriter {
  return { append: (...batch) => vi.waitFor(() => writer.append(...batch), WAIT) }
}

function plans(): ReturnType<typeof planTopics> {
  const file = new URL('../../infra/topics.yaml', import.meta.url)
  const all = planTopics(readFileSync(file, 'utf8'), { development: true })
  return all.filter(({ name }) => [REVOCATIONS_TOPIC, EDGE_REPORTS_TOPIC].includes(name))
}
