import { describe, expect, it } from 'vitest'
import { inDoubtOf } from './in-doubt.ts'

const record = { partition: 3, source: 'hr', code: 'event.malformed' } as const
const doubt = { subject: '["acme","https://idp","amy"]', claim: 'groups', e: 1n, offset: 41n }

describe('the answer about the doubts of a parked record', () => {
  it('names the record as a set would, as long as none did', () => {
    const inDoubt = inDoubtOf(record, { doubts: [{ ...doubt, settled: false }], halted: [] })
    expect(inDoubt.claims).toMatchObject([{ settles: { e: '1', partition: 3, offset: '41' } }])
    expect(inDoubt.resolvedBy).toEqual([
      'the owner of groups sends a set for each subject whose settles names the record, or an operator who knows what holds clears it',
    ])
  })

  it('has nothing to resolve once it is settled', () => {
    const inDoubt = inDoubtOf(record, { doubts: [{ ...doubt, settled: true }], halted: [] })
    expect(inDoubt.resolvedBy).toEqual([])
  })

  it('names a snapshot as the end of a halt', () => {
    const { resolvedBy } = inDoubtOf(record, { doubts: [], halted: ['acme'] })
    expect(resolvedBy).toEqual([expect.stringContaining('hr states everything anew')])
  })

  it('names accounts and cut-offs in the snapshot that ends a halt of the control partition', () => {
    const inControl = { ...record, partition: 0 }
    const { resolvedBy } = inDoubtOf(inControl, { doubts: [], halted: ['acme'] })
    expect(resolvedBy).toEqual([
      expect.stringContaining('with all accounts and cut-offs that it sends'),
    ])
    const { resolvedBy: elsewhere } = inDoubtOf(record, { doubts: [], halted: ['acme'] })
    expect(elsewhere).toEqual([expect.not.stringContaining('accounts')])
  })

  it('names the confirmation of a snapshot that leaves out much', () => {
    const held = { ...record, code: 'event.unconfirmed' } as const
    const { resolvedBy } = inDoubtOf(held, { doubts: [], halted: ['acme'] })
    expect(resolvedBy).toEqual([
      expect.stringContaining('hr sends the end again under another id, confirmed, or states'),
    ])
  })

  it('names no doubt for an unproven record, which changed nothing but can be missing', () => {
    const unproven = { ...record, code: 'event.unauthentic' } as const
    const { resolvedBy } = inDoubtOf(unproven, { doubts: [], halted: [] })
    expect(resolvedBy).toEqual([expect.stringContaining('nothing is in doubt')])
  })
})
