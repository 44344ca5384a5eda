import { REPLAYS_LIMIT } from '@freshet/reconciler'
import { hrChange } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { gatewayWorld, type GatewayAnswer, type GatewayWorld } from './gateway-world.ts'

const UNKNOWN = '3-aaaaaaaaaaaaaaaaaaaaaa'

let gateway: GatewayWorld
let id: string
beforeEach(async () => {
  gateway = await gatewayWorld()
  id = gateway.quarantine(hrChange(1n, { op: 'add' }))
})

const send = (path: string, body: unknown, token = 'operator'): Promise<GatewayAnswer> =>
  gateway.post('', body, { path: `/v1/quarantine/${path}`, type: 'application/json', token })
const row = () => gateway.database.quarantine.get(id)

describe('POST /v1/quarantine/{id}/replay', () => {
  it('sends the record as it was found, and answers that the outcome is pending', async () => {
    const { status, body } = await send(`${id}/replay`, { reason: 'key published' })
    expect(status).toBe(202)
    expect(body).toMatchObject({
      apiVersion: 'freshet.dev/v1',
      id,
      result: 'sent',
      outcome: 'pending',
    })
    expect(gateway.produced()).toBe(1)
    expect(row()).toMatchObject({
      state: 'replaying',
      replays: 1,
      decided: { by: 'operator', reason: 'key published' },
    })
  })

  it('returns with dryRun what the record would become, and writes nothing', async () => {
    const before = row()
    expect(await send(`${id}/replay?dryRun=true`, {})).toMatchObject({
      status: 200,
      body: { dryRun: true, result: 'would', becomes: 'applied', tightened: false },
    })
    expect([gateway.produced(), row()]).toEqual([0, before])
  })

  it('sends nothing that its source is not allowed to send, with any role of the operator', async () => {
    id = gateway.quarantine({ ...hrChange(1n), claim: 'entitlements' })
    expect(await send(`${id}/replay`, {}, 'admin')).toMatchObject({
      status: 200,
      body: { result: 'refused', why: 'still-refused', code: 'event.forbidden' },
    })
    expect(gateway.produced()).toBe(0)
  })

  it('sends nothing into a tenant that the registry does not have', async () => {
    const change = hrChange(1n)
    const subject = { ...Object(change)['subject'], tenant: 'other' } as object
    id = gateway.quarantine({ ...change, tenant: 'other', subject } as never)
    expect((await send(`${id}/replay`, {})).body).toMatchObject({
      result: 'refused',
      why: 'still-refused',
      becomes: 'quarantined',
    })
    expect(gateway.produced()).toBe(0)
  })

  it('waits with 503 where the policy version in force is not loaded', async () => {
    for (const each of gateway.database.progress.values())
      gateway.database.progress.set(String(each.partition), { ...each, activeHash: 'another' })
    expect(await send(`${id}/replay`, {})).toMatchObject({
      status: 503,
      body: { code: 'registry.not-loaded' },
    })
  })

  it('takes so many a second and no more', async () => {
    const answers: number[] = []
    for (let n = 0; n <= REPLAYS_LIMIT.burst; n++)
      answers.push((await send(`${id}/replay?dryRun=true`, {})).status)
    expect(answers.filter((status) => status === 200)).toHaveLength(REPLAYS_LIMIT.burst)
    expect(answers.at(-1)).toBe(429)
  })
})

describe('POST /v1/quarantine/{id}/drop', () => {
  it('closes the record with the operator and the reason, and returns what is in doubt', async () => {
    const { status, body } = await send(`${id}/drop`, { reason: 'a test of hr' })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id,
      result: 'dropped',
      state: 'dropped',
      decided: { by: 'operator', reason: 'a test of hr' },
      inDoubt: { claims: [], halted: [], resolvedBy: [expect.any(String)] },
    })
    expect((await send(`${id}/replay`, {})).body).toMatchObject({
      result: 'refused',
      why: 'dropped',
    })
    expect(gateway.produced()).toBe(0)
  })

  it('is done once: the first reason stays', async () => {
    await send(`${id}/drop`, { reason: 'first' })
    expect((await send(`${id}/drop`, { reason: 'second' }, 'admin')).body).toMatchObject({
      result: 'unchanged',
      decided: { by: 'operator', reason: 'first' },
    })
  })

  it.each([[{}], [{ reason: '' }], [{ reason: 'a\nb' }], [{ reason: 'x', actor: 'ann' }]])(
    'needs a reason and nothing else: %j',
    async (body) => {
      expect((await send(`${id}/drop`, body)).status).toBe(400)
      expect(row()?.state).toBe('open')
    },
  )
})

describe('the right to write in quarantine', () => {
  it.each(['replay', 'drop'])(
    'an operator may %s, a viewer and a stranger may not',
    async (verb) => {
      const body = { reason: 'x' }
      expect((await send(`${id}/${verb}`, body, 'viewer')).status).toBe(403)
      expect((await send(`${id}/${verb}`, body, 'nobody')).status).toBe(401)
      expect((await send(`${id}/${verb}`, body, gateway.assertion('hr'))).status).toBe(401)
      expect([gateway.produced(), row()?.state]).toEqual([0, 'open'])
    },
  )

  it.each([UNKNOWN, 'x', '..%2f..', "'%3bdrop%20table", '%00', '%F0%9F%92%A3'])(
    'an id that is none is not found: %s',
    async (garbage) => {
      for (const verb of ['replay', 'drop']) {
        const { status, body } = await send(`${garbage}/${verb}`, { reason: 'x' })
        expect([status, body['code']]).toEqual([404, 'request.not-found'])
      }
    },
  )
})
