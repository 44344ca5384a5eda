import { partitionOf, type ClearDoubt } from '@freshet/protocol'
import { decodeAuditEntry } from '@freshet/wire'
import { AMY, hrChange } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { gatewayWorld, type GatewayAnswer, type GatewayWorld } from './gateway-world.ts'

let gateway: GatewayWorld
let id: string
beforeEach(async () => {
  gateway = await gatewayWorld()
  id = gateway.quarantine(hrChange(1n))
  doubt('groups')
  doubt('department')
})

/** Plants the reconciler's state: the quarantined record put this claim of amy in doubt. */
function doubt(claim: string): void {
  const { partition, first } = gateway.database.quarantine.get(id) ?? {}
  if (partition === undefined || first === undefined) throw new Error('nothing is parked')
  const { e, offset } = first
  const row = { subject: AMY, claim, e, partition, offset, raised: true, settled: false }
  gateway.database.doubts.set(claim, row)
}

const clear = (body: unknown, token = 'operator', of = id): Promise<GatewayAnswer> =>
  gateway.post('', body, { path: `/v1/quarantine/${of}/clear`, type: 'application/json', token })
const produced = async (): Promise<readonly Partial<ClearDoubt>[]> =>
  (await gateway.read(partitionOf(AMY))).flatMap((record) =>
    record.kind === 'change' ? [record.change as ClearDoubt] : [],
  )
const audited = () =>
  gateway.database.auditPending.values().map(({ text }) => decodeAuditEntry(text))

describe('POST /v1/quarantine/{id}/clear', () => {
  it('sends in the product’s own name, for each doubt of the record, that it is settled', async () => {
    const { status, body } = await clear({ reason: 'hr changed nothing' })
    expect(status).toBe(202)
    expect(body).toMatchObject({
      id,
      result: 'cleared',
      items: [{ claim: 'department' }, { claim: 'groups' }],
      left: [],
    })
    const order = { by: 'operator', reason: 'hr changed nothing' }
    expect(await produced()).toMatchObject([
      { kind: 'clear-doubt', source: 'freshet', subject: AMY, claim: 'department', ...order },
      { kind: 'clear-doubt', source: 'freshet', subject: AMY, claim: 'groups', ...order },
    ])
  })

  it('can settle one claim, and returns the remaining doubts', async () => {
    const { body } = await clear({ reason: 'known', claim: 'groups' })
    expect(body).toMatchObject({ items: [{ claim: 'groups' }], left: [{ claim: 'department' }] })
    expect(await produced()).toHaveLength(1)
  })

  it('is ordered once: a repeated order returns the place of the first one', async () => {
    const first = await clear({ reason: 'first', claim: 'groups' })
    await gateway.clock.advance(5_000)
    const second = await clear({ reason: 'second', claim: 'groups' }, 'admin')
    expect(second.body['items']).toEqual(first.body['items'])
    expect(await produced()).toMatchObject([{ reason: 'first' }])
  })

  it('keeps in the audit the operator, the reason and the record, before it is sent', async () => {
    await clear({ reason: 'known', claim: 'groups' })
    const [{ id: ref } = {}] = await produced()
    const detail = { parked: id, claim: 'groups', reason: 'known' }
    expect(audited()).toMatchObject([
      { kind: 'doubt-clear-ordered', tenant: 'acme', ref, by: 'operator', detail },
    ])
  })

  it('sends nothing if nothing of the record is in doubt', async () => {
    const { status, body } = await clear({ reason: 'x', claim: 'entitlements' })
    expect([status, body['result'], await produced()]).toEqual([200, 'unchanged', []])
  })

  it.each([[{}], [{ reason: '' }], [{ reason: 'a\nb' }], [{ reason: 'x', by: 'ann' }]])(
    'needs a reason, and takes no other member: %j',
    async (body) => {
      expect((await clear(body)).status).toBe(400)
      expect(await produced()).toEqual([])
    },
  )

  it('control: is for operators alone, and for records that are known', async () => {
    const body = { reason: 'x' }
    expect((await clear(body, 'viewer')).status).toBe(403)
    expect((await clear(body, 'nobody')).status).toBe(401)
    expect((await clear(body, gateway.assertion('hr'))).status).toBe(401)
    expect((await clear(body, 'operator', '3-aaaaaaaaaaaaaaaaaaaaaa')).status).toBe(404)
    expect(await produced()).toEqual([])
  })
})
