import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { answerForms } from './answer-forms.ts'
import { forOperators, redactionOf } from './forms.ts'

const person = z.object({ iss: z.string(), sub: forOperators(z.string().nullable()) })
const form = z.object({
  kind: z.string(),
  subject: person.nullable(),
  before: person.exactOptional(),
  items: z.array(z.object({ values: forOperators(z.array(z.string()).nullable()) })),
})

describe('an answer for a viewer', () => {
  it('has null for each member for operators, and everything else as it is', () => {
    const answer = {
      kind: 'a',
      subject: { iss: 'i', sub: 'alice' },
      before: { iss: 'i', sub: 'bob' },
      items: [{ values: ['x'] }, { values: null }],
    }
    const copy = structuredClone(answer)
    expect(redactionOf(form)?.(answer)).toEqual({
      kind: 'a',
      subject: { iss: 'i', sub: null },
      before: { iss: 'i', sub: null },
      items: [{ values: null }, { values: null }],
    })
    expect(answer).toEqual(copy)
  })

  it('has no member that the whole answer does not have, and keeps null and the order', () => {
    const redacted = redactionOf(form)?.({ items: [], subject: null, kind: 'a' })
    expect(JSON.stringify(redacted)).toBe('{"items":[],"subject":null,"kind":"a"}')
  })

  it('is the whole answer where the form has nothing for operators', () => {
    expect(redactionOf(z.object({ items: z.array(z.string()) }))).toBeUndefined()
  })

  it('control: a union or a record with such a member is refused, because it would not be redacted', () => {
    expect(() => redactionOf(z.union([person, z.string()]))).toThrow('for operators')
    expect(() => redactionOf(z.object({ by: z.record(z.string(), person) }))).toThrow(
      'for operators',
    )
  })

  it('control: a form whose members it cannot see is refused, and each optional member is seen', () => {
    expect(() => redactionOf(z.object({ of: z.tuple([person]) }))).toThrow('unknown: tuple')
    expect(() => redactionOf(z.object({ of: z.lazy(() => person) }))).toThrow('unknown: lazy')
    expect(() => redactionOf(z.object({ of: person.transform(String) }))).toThrow('unknown: pipe')
    const optional = redactionOf(z.object({ of: person.optional() }))
    expect(optional?.({ of: { iss: 'i', sub: 'alice' } })).toEqual({ of: { iss: 'i', sub: null } })
  })

  it('is another one exactly for these forms', () => {
    const names = Object.entries(answerForms).flatMap(([name, each]) =>
      redactionOf(each) === undefined ? [] : [name],
    )
    expect(names).toEqual([
      'Subject',
      'ChangedValues',
      'Change',
      'Timeline',
      'Timelines',
      'LiveChange',
      'InDoubt',
      'ParkedDetail',
      'Drop',
      'Clearing',
      'Status',
      'SubjectView',
      'SourceStatement',
      'ClaimOfSubject',
      'SubjectState',
      'TokenPreview',
      'Issuance',
      'TokenView',
      'Holders',
    ])
  })
})
