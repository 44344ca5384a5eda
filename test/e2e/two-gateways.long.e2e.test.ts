import { readSourceKey, sourceAssertion } from '@freshet/source'
import { HEARTBEAT_TENANTS_MAX } from '@freshet/wire'
import { HEARTBEAT_TENANTS_PER_SECOND } from '@freshet/intake'
import { statusOfRaw } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePorts } from '@freshet/owned-dir'
import { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'
import { DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { startService } from '../setup/start-service.ts'
import { cliFolder, FRESHET } from './cli.ts'
import { sourceOf, type TestEvent } from './source.ts'
import { canRun, processOf, startTestStack, type TestStack } from './test-stack.ts'

const CHANGE = { op: 'set', subject: 'alice', claim: 'groups' }
/** One request a second, and two at once: few enough for a slow machine to reach. */
const SLOW = { FRESHET_SOURCE_REQUESTS_PER_SECOND: '1' }
/** Sent at once. With a thousand tenants each, they name four times as many as the budget of two seconds holds. */
const HEARTBEATS = 40

interface Answered {
  readonly status: number
  readonly retryAfter: string | null
  readonly body: {
    readonly code?: string
    readonly detail?: string
    /** The answers by tenant. */
    readonly items?: readonly { readonly status: number; readonly tenant: string }[]
  }
}

describe.runIf(canRun)('two processes of a service, on one database', () => {
  let stack: TestStack
  let second: ManagedProcess
  let slow: ManagedProcess
  const at = { first: '', second: '', slow: '' }
  const deaths: string[] = []
  beforeAll(async () => {
    stack = await startTestStack((registry) =>
      registry.setIn(['sources', 'security', 'assertions'], 'bound'),
    )
    const [one = 0, other = 0] = await freePorts(2)
    // Replicas share one public URL, which is the audience of assertions, and have ports of their own.
    const { plan } = processOf(stack, 'gateway')
    const replica = (port: number, more: object): ManagedProcess =>
      new ManagedProcess(
        { ...plan, env: { ...plan.env, ...more, FRESHET_PORT: String(port) } },
        (name) => deaths.push(name),
      )
    second = replica(one, {})
    slow = replica(other, SLOW)
    await Promise.all([second.start(), slow.start()])
    at.first = stack.at.gateway
    at.second = `http://127.0.0.1:${one}`
    at.slow = `http://127.0.0.1:${other}`
  })
  afterAll(async () => {
    await Promise.all([second?.stop(), slow?.stop()])
    await stack?.stop()
    expect([...deaths, ...(stack?.deaths ?? [])]).toEqual([])
  })

  const keyOf = (source: string) =>
    readSourceKey(source, stack.workspace.sources[source]?.keyFile ?? '')
  const assertionOf = async (source: string, body?: string): Promise<string> => {
    const url = `${at.first}/v1/changes`
    const request =
      body === undefined ? undefined : { method: 'POST', url, body: Buffer.from(body) }
    return sourceAssertion(await keyOf(source), at.first, request)
  }
  const eventOf = (value: string): Promise<TestEvent> =>
    sourceOf(stack, 'hr').event({ ...CHANGE, value: [value] })
  const post = async (
    gateway: string,
    path: string,
    sent: { readonly token: string; readonly body: string },
  ): Promise<Answered> => {
    const isChange = path === '/v1/changes'
    const response = await fetch(new URL(path, gateway), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${sent.token}`,
        'content-type': isChange ? 'application/cloudevents+json' : 'application/json',
      },
      body: sent.body,
      signal: AbortSignal.timeout(20_000),
    })
    const { status, headers } = response
    const retryAfter = headers.get('retry-after')
    return { status, retryAfter, body: (await response.json()) as Answered['body'] }
  }
  const change = (gateway: string, token: string, event: TestEvent): Promise<Answered> =>
    post(gateway, '/v1/changes', { token, body: JSON.stringify(event) })

  it('take an assertion once: the other one refuses it with another body, and with the same', async () => {
    const [one, other] = [await eventOf('a'), await eventOf('b')]
    const token = await assertionOf('hr')
    expect(await change(at.first, token, one)).toMatchObject({ status: 202 })
    for (const event of [other, one])
      expect(await change(at.second, token, event)).toMatchObject({
        status: 401,
        body: { code: 'event.unauthentic', detail: expect.stringMatching(/used before/) as string },
      })
    expect(await change(at.second, await assertionOf('hr'), other)).toMatchObject({ status: 202 })
  })

  it('refuse a bound assertion with another body, also where it was never used', async () => {
    const [one, other] = [await eventOf('c'), await eventOf('d')]
    const token = await assertionOf('hr', JSON.stringify(one))
    expect(await change(at.second, token, other)).toMatchObject({
      status: 401,
      body: { detail: expect.stringMatching(/content_digest differs/) as string },
    })
    const again = await assertionOf('hr', JSON.stringify(one))
    expect(await change(at.second, again, one)).toMatchObject({ status: 202 })
  })

  it('refuse what is not bound from a source that must bind, whose heartbeats go on', async () => {
    const body = JSON.stringify({ tenant: DEV_TENANT, through: new Date().toISOString() })
    const token = await assertionOf('security')
    expect(await post(at.first, '/v1/heartbeats', { token, body })).toMatchObject({
      status: 401,
      body: { detail: expect.stringMatching(/needs htm/) as string },
    })
    const url = new URL(`/v1/sources/security?tenant=${DEV_TENANT}`, at.first)
    const headers = { authorization: `Bearer ${stack.workspace.adminToken}` }
    const lease = async (): Promise<unknown> => (await fetch(url, { headers })).json()
    await expect.poll(lease).toMatchObject({ lease: { current: true } })
  })

  it('take a token of the CLI with the body that it was made for alone', async () => {
    const cli = await cliFolder(stack)
    const body = JSON.stringify(await eventOf('e'))
    try {
      const made = async (): Promise<string> => {
        const line = [FRESHET, 'source', 'token', '--source', 'hr', '--body', '-']
        const { child, ended } = cli.start(process.execPath, line)
        child.stdin?.end(body)
        return (await ended).out.trim()
      }
      expect(
        await post(at.first, '/v1/changes', { token: await made(), body: `${body} ` }),
      ).toMatchObject({ status: 401 })
      expect(await post(at.first, '/v1/changes', { token: await made(), body })).toMatchObject({
        status: 202,
      })
    } finally {
      await cli.dispose()
    }
  })

  it('charge a source once its signature is verified: the others, and its heartbeats, go on', async () => {
    const event = await eventOf('f')
    const burst = Array.from({ length: 40 }, async () => {
      const token = await assertionOf('hr')
      return { token, ...(await change(at.slow, token, event)) }
    })
    const answers = await Promise.all(burst)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202, 429]))
    const refused = answers.find(({ status }) => status === 429)
    expect(refused?.body).toMatchObject({
      code: 'limit.reached',
      detail: expect.stringMatching(/hr .* 1 requests a second/) as string,
    })
    const iga = await sourceOf(stack, 'iga').event({
      op: 'set',
      subject: 'alice',
      claim: 'entitlements',
      value: ['read'],
    })
    expect(await change(at.slow, await assertionOf('iga'), iga)).toMatchObject({ status: 202 })
    const through = new Date(Date.now() - 10_000).toISOString()
    const body = JSON.stringify({ tenant: DEV_TENANT, through })
    const token = await assertionOf('hr')
    expect(await post(at.slow, '/v1/heartbeats', { token, body })).toMatchObject({ status: 202 })
    // A refused assertion is not remembered, so that the budgets of a source bound the memory for it.
    const again = () => change(at.slow, refused?.token ?? '', event)
    await expect.poll(again).toMatchObject({ status: 202 })
    expect(await again()).toMatchObject({ status: 401, body: { code: 'event.unauthentic' } })
  })

  /** A heartbeat for tenants that are not registered; that of IGA is also for the tenant of the stack. */
  const nameTenants = async (source: 'hr' | 'iga', count: number): Promise<Answered> => {
    const others = Array.from({ length: count }, (_, n) => ({ tenant: `nowhere-${n}` }))
    const [, ...fewer] = others
    const tenants =
      source === 'hr'
        ? others
        : [{ tenant: DEV_TENANT }, ...fewer].map((each) => ({ ...each, sequence: '0' }))
    const body = JSON.stringify({ through: new Date(Date.now() - 10_000).toISOString(), tenants })
    return post(at.second, '/v1/heartbeats', { token: await assertionOf(source), body })
  }
  const nameAtOnce = (count: number): Promise<readonly Answered[]> =>
    Promise.all(Array.from({ length: HEARTBEATS }, () => nameTenants('hr', count)))

  it('control: refuse none of as many heartbeats for its number, where each names one tenant', async () => {
    const answers = await nameAtOnce(1)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]))
  })

  it('charge a source for the tenants that its heartbeats name: another source, and its other heartbeats, go on', async () => {
    const refused = (await nameAtOnce(HEARTBEAT_TENANTS_MAX)).find(({ status }) => status === 429)
    expect(refused).toMatchObject({
      retryAfter: expect.stringMatching(/^[1-9]\d*$/) as string,
      body: {
        code: 'limit.reached',
        detail: `Source hr has reached its limit of ${HEARTBEAT_TENANTS_PER_SECOND} tenants in heartbeats a second.`,
      },
    })
    expect(refused?.body).not.toHaveProperty('items')
    const other = await nameTenants('iga', HEARTBEAT_TENANTS_MAX)
    expect(other.body.items?.[0]).toMatchObject({ tenant: DEV_TENANT, status: 202 })
    const through = new Date(Date.now() - 10_000).toISOString()
    const body = JSON.stringify({ tenant: DEV_TENANT, through })
    const own = { token: await assertionOf('hr'), body }
    expect(await post(at.second, '/v1/heartbeats', own)).toMatchObject({ status: 202 })
    await expect.poll(() => nameTenants('hr', HEARTBEAT_TENANTS_MAX)).toMatchObject({ status: 403 })
  })

  /** A request that each serves, by its URL. */
  const served: Readonly<Record<string, (url: string) => Promise<number>>> = {
    gateway: async (url) => (await change(url, await assertionOf('hr'), await eventOf('g'))).status,
    reconciler: (url) => statusOfRaw(url, 'GET /metrics'),
    console: (url) =>
      statusOfRaw(url, 'GET /v1/edges', { authorization: `Bearer ${stack.workspace.adminToken}` }),
  }

  it.each(Object.entries(served))(
    'end in order: the %s is not ready after SIGTERM, serves new connections, and ends with 0 by the next',
    async (name, serve) => {
      const [port] = await freePorts(1)
      const replica = startService(processOf(stack, name).plan, {
        FRESHET_PORT: String(port),
        FRESHET_SHUTDOWN_DELAY_MS: '60000',
      })
      const ready = (): Promise<number> => statusOfRaw(replica.url, 'GET /readyz')
      try {
        await expect.poll(ready).toBe(200)
        replica.child.kill('SIGTERM')
        await expect.poll(ready).toBe(503)
        expect([200, 202]).toContain(await serve(replica.url))
        replica.child.kill('SIGTERM')
        expect(await replica.exited).toEqual([0, null])
      } finally {
        await replica.end()
      }
    },
  )
})
