import { formatChangeEvent, parseChangeEvent } from '@freshet/wire'
import { describe, expect, it } from 'vitest'
import { changeToEmit, OPS, type EmitRequest } from './change-to-emit.ts'

const origin = {
  tenant: 'acme',
  source: 'hr',
  id: 'hr-1',
  occurredAtMs: 1_795_514_400_000,
  sourceVersion: { epoch: 0n, n: 1n },
}
const request = (more: Partial<EmitRequest>): EmitRequest => ({
  iss: 'https://idp.acme.example',
  subject: 'alice',
  op: 'remove',
  claim: undefined,
  values: [],
  ...more,
})

describe('the change that is emitted', () => {
  it.each(OPS.filter((op) => op !== 'value-withdrawn'))(
    'with --op %s is an event that the gateway reads',
    (op) => {
      const ofClaim = ['set', 'add', 'remove', 'clear'].includes(op)
      const values = ofClaim && op !== 'clear' ? ['a', 'b'] : []
      const change = changeToEmit(request({ op, values, claim: ofClaim ? 'groups' : undefined }), {
        ...origin,
        sequence: 7n,
      })
      expect(parseChangeEvent(formatChangeEvent(change)).change).toEqual(change)
    },
  )

  it('takes a value from every holder without naming one', () => {
    const withdrawn = { op: 'value-withdrawn', claim: 'groups', values: ['a'] } as const
    const change = changeToEmit(request({ ...withdrawn, subject: undefined }), origin)
    expect(parseChangeEvent(formatChangeEvent(change)).change).toEqual(change)
    expect(change).toMatchObject({ kind: 'value-withdrawn', claim: 'groups', value: 'a' })
    expect(change).not.toHaveProperty('subject')
  })

  it('may set a claim to nothing', () => {
    const change = changeToEmit(request({ op: 'set', claim: 'groups' }), origin)
    expect(change).toMatchObject({ op: 'set', values: [] })
  })

  it.each([
    [{ op: 'remove', claim: 'groups' }, 'remove needs a --value.'],
    [{ op: 'add', claim: 'groups' }, 'add needs a --value.'],
    [{ op: 'clear', claim: 'groups', values: ['a'] }, 'clear takes no --value.'],
    [{ op: 'set', values: ['a'] }, 'set needs --claim.'],
    [{ op: 'disabled', claim: 'groups' }, 'disabled takes no --claim or --value.'],
    [{ op: 'deleted', values: ['a'] }, 'deleted takes no --claim or --value.'],
    [{ op: 'deleted', subject: undefined }, 'deleted needs --subject.'],
    [{ op: 'set', claim: 'groups', subject: undefined }, 'set needs --subject.'],
    [{ op: 'value-withdrawn', claim: 'groups', values: ['a'] }, 'takes no --subject'],
    [{ op: 'value-withdrawn', subject: undefined, values: ['a'] }, 'needs --claim and one --value'],
    [{ op: 'value-withdrawn', subject: undefined, claim: 'groups' }, 'one --value'],
    [
      { op: 'value-withdrawn', subject: undefined, claim: 'groups', values: ['a', 'b'] },
      'one --value',
    ],
  ] as const)('is refused where options do not fit: %j', (more, message) => {
    expect(() => changeToEmit(request(more), origin)).toThrow(message)
  })
})
