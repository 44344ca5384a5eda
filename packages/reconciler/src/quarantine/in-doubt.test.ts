import { describe, expect, it } from 'vitest'
import { inDoubtOf } from './in-doubt.ts'

const record = { partition: 3, source: 'hr', code: 'event.malformed' } as const
const doubt = { subject: '["acme","https://idp","amy"]', claim: 'groups', e: 1n, offset: 41n }

describe('what is in doubt because of a parked record', () => {
  it('names the record as a set would, as long as none did', () => {
    const told = inDoubtOf(record, { doubts: [{ ...doubt, settled: false }], halted: [] })
    expect(told.claims).toMatchObject([{ settles: { e: '1', partition: 3, offset: '41' } }])
    expect(told.resolvedBy).toEqual([
      'the owner of groups sends a set for each subject whose settles names the record, or an operator who knows what holds clears it',
    ])
  })

  it('has nothing to resolve once it is settled', () => {
    const told = inDoubtOf(record, { doubts: [{ ...doubt, settled: true }], halted: [] })
    expect(told.resolvedBy).toEqual([])
  })

  it('says that a source that is not believed states everything anew', () => {
    const { resolvedBy } = inDoubtOf(record, { doubts: [], halted: ['acme'] })
    expect(resolvedBy).toEqual([expect.stringContaining('hr states everything anew')])
  })

  it('says that a source may confirm a statement that leaves out much', () => {
    const held = { ...record, code: 'event.unconfirmed' } as const
    const { resolvedBy } = inDoubtOf(held, { doubts: [], halted: ['acme'] })
    expect(resolvedBy).toEqual([
      expect.stringContaining('hr sends the end again under another id, confirmed, or states'),
    ])
  })

  it('says of an unproven record that it changed nothing, and what it may have left open', () => {
    const unproven = { ...record, code: 'event.unauthentic' } as const
    const { resolvedBy } = inDoubtOf(unproven, { doubts: [], halted: [] })
    expect(resolvedBy).toEqual([expect.stringContaining('nothing is in doubt')])
  })
})
