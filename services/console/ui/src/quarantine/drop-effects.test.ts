import { describe, expect, it } from 'vitest'
import { dropEffects } from './drop-effects.ts'

const CLOSED = 'The record is closed for good, and no replay can apply it later.'
const settles = { e: '1', partition: 3, offset: '41' }
const doubt = { subject: 'amy', claim: 'groups', settled: false, settles }
const record = {
  source: 'hr',
  proven: true,
  partition: 3,
  inDoubt: { claims: [], halted: [], resolvedBy: [] },
}

describe('the consequences of a drop', () => {
  it('name the claims that stay unverified, and the two ends of that', () => {
    const claims = [doubt, { ...doubt, claim: 'entitlements' }]
    expect(dropEffects({ ...record, inDoubt: { ...record.inDoubt, claims } })).toEqual([
      CLOSED,
      'The change in it is lost, unless hr sends it again.',
      'Its claims stay unverified: groups, entitlements of 1 subject. No new token carries them.',
      'That ends when hr sends a set that names this record, or when an operator clears the doubt.',
    ])
  })

  it('name the tenants in which the source stays unverified', () => {
    const inDoubt = { ...record.inDoubt, halted: ['acme'] }
    expect(dropEffects({ ...record, inDoubt }).at(-1)).toBe(
      'hr stays unverified in acme until its next full snapshot.',
    )
  })

  it('count no doubt that is settled', () => {
    const inDoubt = { ...record.inDoubt, claims: [{ ...doubt, settled: true }] }
    expect(dropEffects({ ...record, inDoubt }).at(-1)).toBe(
      'No claim is in doubt because of it, and no stored value changes.',
    )
  })

  it('do not take the name in an unproven record for its sender', () => {
    const unproven = dropEffects({ ...record, proven: false })
    expect(unproven).toContain('No key proves that hr sent it.')
    expect(unproven.join(' ')).not.toContain('unless hr sends it again')
    expect(dropEffects({ ...record, source: null, proven: false })).toContain(
      'No key proves that its source sent it.',
    )
  })
})
