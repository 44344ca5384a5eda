import { decodeAuditEntry, formatChangeEvent as event } from '@freshet/wire'
import { hrChange, igaChange } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { REFUSED_ENTRIES_LIMIT } from '../../services/gateway/src/changes/refused-changes.ts'
import { gatewayWorld, type GatewayWorld } from './gateway-world.ts'

let gateway: GatewayWorld
beforeEach(async () => {
  gateway = await gatewayWorld()
})
const audited = () =>
  gateway.database.auditPending.values().map(({ text }) => decodeAuditEntry(text))

describe('the audit of refused changes of a source', () => {
  it('has the signer, the source on whose behalf it sent and the change, and no value', async () => {
    const batch = [
      event(igaChange(1n)),
      event(hrChange(1n)),
      event(igaChange(2n, { claim: 'groups' })),
    ]
    await gateway.post('iga', batch, { type: 'application/cloudevents-batch+json' })
    const about = { kind: 'change-refused', tenant: 'acme', by: 'iga' }
    expect(audited()).toMatchObject([
      { ...about, ref: 'hr-1', detail: { source: 'hr', change: 'claim', count: 2 } },
    ])
  })

  const wrong = (n: number, tenant = 'acme'): unknown => event({ ...hrChange(BigInt(n)), tenant })
  const sendWrong = (...events: readonly unknown[]): ReturnType<GatewayWorld['post']> =>
    gateway.post('iga', events, { type: 'application/cloudevents-batch+json' })

  it('has one entry for a request, whatever number of its changes was refused', async () => {
    await sendWrong(...Array.from({ length: 300 }, (_, n) => wrong(n + 1)))
    expect(audited()).toMatchObject([{ ref: 'hr-1', detail: { count: 300 } }])
  })

  it('is for all tenants where the refused changes name several', async () => {
    await sendWrong(wrong(1), wrong(2, 'made-up'))
    expect(audited()).toMatchObject([{ tenant: '*', ref: 'hr-1', detail: { count: 2 } }])
  })

  it('grows by one entry a second for a source that goes on, and counts every change', async () => {
    const { burst } = REFUSED_ENTRIES_LIMIT
    for (let n = 1; n <= burst + 30; n += 1) await sendWrong(wrong(n))
    expect(audited()).toHaveLength(burst)
    await gateway.clock.advance(1_000)
    await sendWrong(wrong(99))
    expect(audited().at(-1)).toMatchObject({ ref: 'hr-99', detail: { count: 31 } })
    // Control: another source has entries of its own.
    await gateway.post('security', event(hrChange(1n)))
    expect(audited().at(-1)).toMatchObject({ by: 'security', detail: { count: 1 } })
  })

  it('has nothing of an unsigned change, or of one that is wrong in another way', async () => {
    await gateway.post('iga', event(igaChange(1n)), { token: 'none' })
    await gateway.post('iga', event(igaChange(7n)))
    expect(audited()).toEqual([])
  })
})
