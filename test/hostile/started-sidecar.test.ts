import { statusOfRaw } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  plansWithoutStores,
  startService,
  untilLive,
  type PlansWithoutStores,
  type StartedService,
} from '../setup/start-service.ts'

/** No token is fresh while the broker is absent: a sidecar that answers below 300 was bypassed. */
const BYPASSES = [
  'GET /authz/generic/../../livez',
  'GET /authz/generic/reports/../../../livez',
  'GET /authz/generic/admin/%2e%2e/%2e%2e/%2e%2e/openapi.json',
  'GET /authz/generic/../../metrics',
  'GET /authz/generic/../../readyz/../livez',
  'GET /authz/generic/approve/%2e%2e/%2e%2e/%2e%2e/livez',
  'POST /authz/generic/admin/../../generic?enforce=observe+until+2099-12-31',
] as const

let plans: PlansWithoutStores

beforeAll(async () => {
  plans = await plansWithoutStores()
})
afterAll(() => plans[Symbol.asyncDispose]())

describe.each(['without a registry', 'with a registry'])('a started sidecar %s', (which) => {
  let sidecar: StartedService

  beforeAll(async () => {
    const { FRESHET_REGISTRY: registry = '' } = plans.of('gateway').env
    const more = which === 'with a registry' ? { FRESHET_REGISTRY: registry } : {}
    sidecar = startService(plans.of('sidecar'), more)
    await untilLive(sidecar)
  })
  afterAll(() => sidecar.end())

  it.each(BYPASSES)('refuses %s on both ports', async (line) => {
    for (const url of [sidecar.url, sidecar.proxyUrl])
      expect(await statusOfRaw(url, line)).toBe(400)
  })

  it('serves decisions alone on the port for proxies', async () => {
    for (const path of [
      '/livez',
      '/readyz',
      '/metrics',
      '/v1/version',
      '/openapi.json',
      '/v1/check',
      '/',
    ])
      expect(await statusOfRaw(sidecar.proxyUrl, `GET ${path}`)).toBe(403)
    for (const path of ['/authz/generic', '/authz/nginx', '/authz/generic/reports'])
      expect([401, 403]).toContain(await statusOfRaw(sidecar.proxyUrl, `GET ${path}`))
  })

  it('serves no client’s path on its main port', async () => {
    expect(await statusOfRaw(sidecar.url, 'GET /authz/generic/reports')).toBe(403)
    expect(await statusOfRaw(sidecar.url, 'GET /livez')).toBe(200)
  })
})
