import { formatChangeEvent } from '@freshet/wire'
import { hrChange } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { gatewayWorld, type GatewayWorld } from './gateway-world.ts'

let world: GatewayWorld
beforeEach(async () => {
  world = await gatewayWorld()
})

const ORDERS = [
  '/v1/cut-offs',
  '/v1/openings',
  '/v1/openings/x/close',
  '/v1/erasures',
  '/v1/registry',
  '/v1/quarantine/x/replay',
  '/v1/quarantine/x/drop',
  '/v1/quarantine/x/clear',
] as const

const audited = (): readonly string[] =>
  [...world.database.auditPending.values()].map(({ text }) => text)
const send = async (path: string, token: string, method = 'POST'): Promise<Response> =>
  await world.app.request(path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(method === 'POST' && { body: '{}' }),
  })

describe('wrong admin tokens at the gateway', () => {
  it.each(ORDERS)('are slowed down at %s, and audited without the token', async (path) => {
    for (let n = 0; n < 20; n += 1) expect((await send(path, `guess-${n}`)).status).toBe(401)
    const late = await send(path, 'guess-20')
    expect([late.status, late.headers.get('retry-after')]).toEqual([429, '5'])
    expect(await late.json()).toMatchObject({ code: 'limit.reached' })
    expect(audited()).toHaveLength(1)
    expect(audited()[0]).toContain('"kind":"admin-refused"')
    expect(audited().join('')).not.toContain('guess')
  })

  it('are slowed down where a source looks at itself, too', async () => {
    for (let n = 0; n < 20; n += 1) await send('/v1/sources/hr', `guess-${n}`, 'GET')
    expect((await send('/v1/sources/hr', 'guess-20', 'GET')).status).toBe(429)
  })

  it('hold back no source: what it sends and asks is signed, and no guess', async () => {
    for (let n = 0; n < 21; n += 1) await send('/v1/cut-offs', `guess-${n}`)
    expect((await world.post('hr', formatChangeEvent(hrChange(1n)))).status).toBe(202)
    expect((await send('/v1/changes', 'guess')).status).toBe(401)
    expect((await send('/v1/sources/hr', world.assertion('hr'), 'GET')).status).toBe(200)
  })
})
