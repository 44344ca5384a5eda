import { decodeEvaluation, encodeEvaluationAnswer, evaluationSchema } from '@freshet/wire'
import { ACME_IDP } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Evaluate } from './issuer.ts'
import { sidecarWorld, type SidecarWorld, type StartedSidecar } from './started-sidecar.ts'

const brokers = inject('kafkaBrokers')
const TENANTS = ['acme', 'globex'] as const
const require = { groups: ['payments-approvers'] }

interface Payload {
  readonly jti: string
  readonly freshet: { readonly tenant: string }
}

/** Answers as the authority does: a client gets answers about the tokens of its own tenant alone. */
const evaluate: Evaluate = (authorization, question) => {
  const [, basic = ''] = authorization.split(' ')
  const [client = ''] = Buffer.from(basic, 'base64').toString().split(':')
  const { token = '' } = decodeEvaluation(evaluationSchema.parse(question)) ?? {}
  const [, payload = ''] = token.split('.')
  const { jti, freshet } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Payload
  const { tenant } = freshet
  const denied = { decision: false, code: 'token.invalid', verdicts: new Map() } as const
  if (client !== `${tenant}-api`) return encodeEvaluationAnswer(denied)
  const verdicts = new Map([['groups', { kind: 'fresh' } as const]])
  return encodeEvaluationAnswer({ decision: true, judged: { tenant, jti }, verdicts })
}

describe.runIf(brokers !== null)('started sidecars in a registry of several tenants', () => {
  let behind: SidecarWorld
  let ofAcme: StartedSidecar
  let ofBoth: StartedSidecar
  let unnamed: StartedSidecar

  beforeAll(async () => {
    behind = await sidecarWorld(brokers ?? [], evaluate)
    const clientOf = (tenant: string) => ({ id: `${tenant}-api`, secret: 's' })
    const clients = { acme: clientOf('acme'), globex: clientOf('globex') }
    ofAcme = await behind.start('acme', { FRESHET_TENANTS: 'acme' })
    ofBoth = await behind.start('both', {
      FRESHET_TENANTS: 'acme, globex',
      FRESHET_CLIENTS: JSON.stringify(clients),
    })
    unnamed = await behind.start('unnamed', {
      FRESHET_CLIENT_ID: 'acme-api',
      FRESHET_CLIENT_SECRET: 's',
    })
  })
  afterAll(() => behind?.[Symbol.asyncDispose]())

  /** Each token has the same group, by the source of its own tenant. */
  const tokenOf = (tenant: string, iss = behind.issuer): string => {
    const freshet = { e: '1', s: '100', c: '100', pv: 1, tenant, subiss: ACME_IDP }
    return behind.world.token({ claims: { iss, freshet } })
  }
  const check = (at: StartedSidecar, tenant: string, more: object = {}) =>
    expect.poll(async () => {
      await behind.heartbeat(TENANTS)
      const response = await fetch(`${at.url}/v1/check`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: tokenOf(tenant), require, ...more }),
      })
      return response.json()
    })
  const throughProxy = async (at: StartedSidecar, tenant: string): Promise<number> => {
    await behind.heartbeat(TENANTS)
    const headers = { authorization: `Bearer ${tokenOf(tenant)}` }
    const url = `${at.proxyUrl}/authz/generic?require.groups=payments-approvers`
    return (await fetch(url, { headers })).status
  }

  it('let in no token of another tenant that has the same group, at any address', async () => {
    await check(ofAcme, 'acme').toMatchObject({ decision: 'allow' })
    await check(ofAcme, 'globex').toMatchObject({ status: 401, code: 'token.invalid' })
    expect(await throughProxy(ofAcme, 'acme')).toBe(200)
    expect(await throughProxy(ofAcme, 'globex')).toBe(401)
  })

  it('control: let in both where both are named', async () => {
    for (const tenant of TENANTS) await check(ofBoth, tenant).toMatchObject({ decision: 'allow' })
  })

  // The issuer publishes keys of future kinds beside its own, so each token above shows the rest.
  it('accept no token of an issuer that publishes keys of future kinds alone, and name the first', async () => {
    const { url } = await behind.start('future', {
      FRESHET_TENANTS: 'acme',
      FRESHET_ISSUER: behind.futureIssuer,
    })
    const ready = async (): Promise<string> => (await fetch(`${url}/readyz`)).text()
    await expect
      .poll(ready)
      .toMatch(/future\/tokens is not usable: .*no key that verifies: post-quantum: .*ES256/)
    const response = await fetch(`${url}/v1/check`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: tokenOf('acme', behind.futureIssuer), require }),
    })
    expect(await response.json()).toMatchObject({
      decision: 'deny',
      status: 503,
      code: 'keys.unavailable',
    })
  })

  it('ask the authority as the client of the tenant, so that several can use high-risk routes', async () => {
    const validated = { decision: 'allow', validated: true }
    for (const tenant of TENANTS)
      await check(ofBoth, tenant, { risk: 'high' }).toMatchObject(validated)
    await check(unnamed, 'acme', { risk: 'high' }).toMatchObject(validated)
    await check(unnamed, 'globex', { risk: 'high' }).toMatchObject({ status: 503 })
  })

  it('accept no token once several tenants have the audience, unless they name theirs', async () => {
    await check(unnamed, 'acme').toMatchObject({ decision: 'allow' })
    const { world } = behind
    world.map = { ...world.map, version: world.map.version + 1, shared: new Set(['payments']) }
    await world.announce(world.map)
    await check(unnamed, 'acme').toMatchObject({ status: 503, code: 'tenants.unnamed' })
    await check(ofAcme, 'acme').toMatchObject({ decision: 'allow' })
  })
})
