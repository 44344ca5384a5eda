import { foreignIssuer } from '@freshet/testkit'
import { expect, it } from 'vitest'
import type { MappedIssuer } from '@freshet/protocol'
import { SubjectForms } from './subject-forms.ts'

const issuerOf = (pattern?: string): MappedIssuer => {
  const { name: _name, issuances: _issuances, ...terms } = foreignIssuer()
  const subjects = { ...terms.subjects, ...(pattern !== undefined && { pattern }) }
  return { ...terms, keys: [], subjects }
}

it.each(['ALICE', 'alic\u0065\u0301', 'alice ', 'x alice', ''])(
  'a subject in another spelling than its issuer declares is refused and counted: %j',
  (sub) => {
    const forms = new SubjectForms()
    const terms = issuerOf('[a-z]+')
    forms.check('alice', terms)
    expect(() => forms.check(sub, terms)).toThrow(/the form that its issuer declares/)
    expect(forms.counts).toEqual({ declared: 1, undeclared: 0, other: 1 })
  },
)

it('every subject is refused where the edge cannot read the declared form', () => {
  const forms = new SubjectForms()
  expect(() => forms.check('alice', issuerOf('(?i)[a-z]+'))).toThrow(/form/)
})

it('control: without a declared form every spelling is accepted, and counted', () => {
  const forms = new SubjectForms()
  for (const sub of ['alice', 'ALICE']) forms.check(sub, issuerOf())
  expect(forms.counts).toEqual({ declared: 0, undeclared: 2, other: 0 })
})
