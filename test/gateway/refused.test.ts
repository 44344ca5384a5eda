import { decodeAuditEntry, formatChangeEvent as event } from '@freshet/wire'
import { hrChange, igaChange } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { doorWorld, type DoorWorld } from './door-world.ts'

let door: DoorWorld
beforeEach(async () => {
  door = await doorWorld()
})
const audited = () => door.database.auditPending.values().map(({ text }) => decodeAuditEntry(text))

describe('the audit of what a source may not say', () => {
  it('has the signer, the source on whose behalf it sent and the change, and no value', async () => {
    const batch = [
      event(igaChange(1n)),
      event(hrChange(1n)),
      event(igaChange(2n, { claim: 'groups' })),
    ]
    await door.post('iga', batch, { type: 'application/cloudevents-batch+json' })
    const about = { kind: 'change-refused', tenant: 'acme', by: 'iga' }
    expect(audited()).toMatchObject([
      { ...about, ref: 'hr-1', detail: { source: 'hr', change: 'claim' } },
      { ...about, ref: 'iga-2', detail: { source: 'iga', change: 'claim' } },
    ])
  })

  it('has nothing of an unsigned change, or of one that is wrong in another way', async () => {
    await door.post('iga', event(igaChange(1n)), { token: 'none' })
    await door.post('iga', event(igaChange(7n)))
    expect(audited()).toEqual([])
  })
})
