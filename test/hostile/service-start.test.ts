import { chmod } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  plansWithoutStores,
  startService,
  untilLive,
  type PlansWithoutStores,
} from '../setup/start-service.ts'

const SERVICES = ['gateway', 'reconciler', 'authority', 'console', 'sidecar'] as const
/** Another address of loopback, if there is one: only a service that is configured for it listens there. */
const HOST = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1'

let plans: PlansWithoutStores

beforeAll(async () => {
  plans = await plansWithoutStores()
})
afterAll(() => plans[Symbol.asyncDispose]())

describe.each(SERVICES)('%s, started while Postgres and Kafka are absent', (service) => {
  it('lives, is not ready and names the reason, reveals no secret, and ends by its signal', async () => {
    const started = startService(plans.of(service), { FRESHET_HOST: HOST })
    const { child, url, output, exited } = started
    try {
      await untilLive(started)
      const reason = /No answer from Postgres|Not started yet|keys\.unavailable/
      const ready = async () => (await fetch(`${url}/readyz`)).text()
      await expect.poll(ready).toMatch(reason)
      expect((await fetch(`${url}/readyz`)).status).toBe(503)
    } finally {
      child.kill('SIGTERM')
    }
    expect(await exited).toEqual([0, null])
    expect(output()).not.toContain('hush')
    expect(output()).not.toContain('"ready":true'.repeat(service === 'sidecar' ? 2 : 1))
  })
})

describe.runIf(process.platform !== 'win32').each([
  ['gateway', 'FRESHET_STAMP_KEYS_FILE'],
  ['reconciler', 'FRESHET_STAMP_KEYS_FILE'],
  ['reconciler', 'FRESHET_CHECKPOINT_KEYS_FILE'],
  ['reconciler', 'FRESHET_AUDIT_KEYS_FILE'],
  ['authority', 'FRESHET_TOKEN_KEYS_FILE'],
  ['authority', 'FRESHET_STAMP_KEYS_FILE'],
  ['console', 'FRESHET_VOUCHER_KEYS_FILE'],
])('%s, whose %s every user of the machine can read', (service, name) => {
  it('ends with 2 and names the variable and the mode', async () => {
    const file = plans.of(service).env[name] ?? ''
    await chmod(file, 0o644)
    const { exited, output } = startService(plans.of(service))
    expect(await exited).toEqual([2, null])
    expect(output()).toContain(`${name}: every user of this machine can open`)
    expect(output()).toContain('(mode 0644)')
    await chmod(file, 0o600)
  })
})

describe('console, whose address is https', () => {
  const hsts = async (env: Readonly<Record<string, string>>): Promise<string | null> => {
    const started = startService(plans.of('console'), env)
    try {
      await untilLive(started)
      return (await fetch(`${started.url}/openapi.json`)).headers.get('strict-transport-security')
    } finally {
      await started.end()
    }
  }

  it('sends HSTS', async () => {
    expect(await hsts({ FRESHET_URL: 'https://console.acme.example' })).toBe('max-age=31536000')
  })

  it('control: sends none where its address is http on loopback', async () => {
    expect(await hsts({ FRESHET_URL: 'http://127.0.0.1:7075' })).toBeNull()
  })
})

describe('console, whose address is http on another machine', () => {
  it.each(['FRESHET_GATEWAY_URL', 'FRESHET_URL'])('ends with 2 and names %s', async (name) => {
    const { exited, output } = startService(plans.of('console'), {
      [name]: 'http://10.0.0.1:7070',
    })
    expect(await exited).toEqual([2, null])
    expect(output()).toContain(`${name}: must be https, or on loopback`)
  })
})

describe('console, whose probes show their tokens to an edge on another machine', () => {
  const EDGE = 'far=http://10.0.0.1:7074'
  let probing: PlansWithoutStores
  beforeAll(async () => {
    probing = await plansWithoutStores({ probes: true })
  })
  afterAll(() => probing[Symbol.asyncDispose]())

  it('ends with 2 where the address is http, and names the first such edge', async () => {
    const edges = { FRESHET_PROBE_EDGES: `near=http://127.0.0.1:7074,${EDGE}` }
    const { exited, output } = startService(probing.of('console'), edges)
    expect(await exited).toEqual([2, null])
    expect(output()).toContain('FRESHET_PROBE_EDGES: far is an http address of another machine')
    expect(output()).toContain('use https, or set FRESHET_PROBE_ALLOW_PLAINTEXT=true')
  })

  it.each([
    ['it is https', { FRESHET_PROBE_EDGES: 'far=https://edge.acme.example' }],
    ['every edge is on loopback', { FRESHET_PROBE_EDGES: 'near=http://127.0.0.1:7074' }],
    ['this is accepted', { FRESHET_PROBE_EDGES: EDGE, FRESHET_PROBE_ALLOW_PLAINTEXT: 'true' }],
  ])('control: lives where %s', async (_, env) => {
    const started = startService(probing.of('console'), env)
    try {
      await untilLive(started)
    } finally {
      await started.end()
    }
  })
})
