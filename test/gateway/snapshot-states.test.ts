import { formatChangeEvent } from '@freshet/wire'
import { serveHttp } from '@freshet/runtime'
import { hrChange } from '@freshet/testkit'
import { SILENT_FEED } from '@freshet/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gatewayWorld, STRUCTURED, type GatewayWorld } from './gateway-world.ts'

describe('a snapshot with accounts, over HTTP', () => {
  let gateway: GatewayWorld
  let url: string
  let close: () => Promise<void>
  beforeEach(async () => {
    gateway = await gatewayWorld()
    const server = await serveHttp({ app: gateway.app })
    url = server.url
    close = () => server.close()
  })
  afterEach(() => close())

  const begin = (states: unknown): string => {
    const { tenant, source, occurredAtMs, sourceVersion } = hrChange(1n)
    const origin = { tenant, source, occurredAtMs, sourceVersion, id: 'hr-begin' }
    const event = formatChangeEvent({ ...origin, kind: 'snapshot-begin' }) as { data: object }
    return JSON.stringify({ ...event, data: { ...event.data, states } })
  }

  async function send(body: string) {
    const headers = {
      authorization: `Bearer ${gateway.assertion('hr')}`,
      'content-type': STRUCTURED,
    }
    const response = await fetch(`${url}/v1/changes`, { method: 'POST', headers, body })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  it('is begun with the kinds of state that it has, in every partition', async () => {
    expect(await send(begin(['accounts', 'cut-offs']))).toMatchObject({ status: 202 })
    for (const partition of [0, 1, 6]) {
      expect(await gateway.read(partition)).toMatchObject([
        { change: { kind: 'snapshot-begin', states: ['accounts', 'cut-offs'] } },
      ])
    }
  })

  it.each([
    ['an unknown kind', ['accounts', 'groups'], '/data/states/1'],
    ['a kind that is no text', [1], '/data/states/0'],
    ['more kinds than there are', ['accounts', 'accounts', 'cut-offs'], '/data/states'],
    ['a kind that is no list', 'accounts', '/data/states'],
  ])('is refused with %s, and the answer names the place', async (_, states, pointer) => {
    const { status, body } = await send(begin(states))
    expect(status).toBe(422)
    const named = expect.arrayContaining([expect.objectContaining({ pointer })]) as unknown
    expect(body).toMatchObject({ code: 'event.malformed', errors: named })
    expect(gateway.produced()).toBe(0)
  })

  it('is refused with an unknown kind by an answer that names the kinds', async () => {
    const { body } = await send(begin(['groups']))
    expect(JSON.stringify(body)).toMatch(/accounts.*cut-offs/)
  })

  it('is asked of its source by name: the answer has the kinds that it sends', async () => {
    const ask = async (source: string) => {
      const headers = { authorization: `Bearer ${gateway.assertion(source)}` }
      const response = await fetch(`${url}/v1/sources/${source}?tenant=acme`, { headers })
      return (await response.json()) as Record<string, unknown>
    }
    const feed = { ...SILENT_FEED, halted: true }
    const row = { tenant: 'acme', source: 'hr', partition: 0, feed }
    gateway.database.feeds.set(JSON.stringify(['acme', 'hr', 0]), row)
    expect(await ask('hr')).toMatchObject({
      states: ['accounts'],
      omittedAccounts: 0,
      partitions: expect.arrayContaining([
        expect.objectContaining({ partition: 0, condition: 'halted' }),
      ]) as unknown,
    })
    expect(await ask('security')).toMatchObject({ states: ['cut-offs'] })
    expect(await ask('iga')).toMatchObject({ states: [] })
    expect(await ask('iga')).not.toHaveProperty('omittedAccounts')
  })
})
