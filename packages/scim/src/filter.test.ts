import { describe, expect, it } from 'vitest'
import { FILTER_BYTES_MAX, foldCase, readFilter } from './filter.ts'

const ALICE = {
  id: '1',
  userName: 'Alice@Acme.example',
  externalId: 'E1',
  active: true,
  name: { familyName: 'Ace' },
  emails: [{ value: 'a@acme.example', type: 'work' }],
}

describe('a filter', () => {
  it.each([
    ['userName eq "alice@acme.EXAMPLE"', true],
    ['USERNAME EQ "alice@acme.example"', true],
    ['urn:ietf:params:scim:schemas:core:2.0:User:userName sw "alice"', true],
    ['externalId eq "e1"', false],
    ['externalId eq "E1"', true],
    ['active eq true and name.familyName co "c"', true],
    ['not (active eq true)', false],
    ['emails[type eq "work" and value ew "acme.example"]', true],
    ['emails eq "a@acme.example"', true],
    ['title pr', false],
    ['title ne "x" or id eq "2"', true],
  ])('%s', (filter, expected) => {
    expect(readFilter('User', filter).matches(ALICE)).toBe(expected)
  })

  it('shows the one name that it looks for', () => {
    expect(readFilter('User', 'username eq "x"').equals).toEqual({
      attribute: 'userName',
      value: 'x',
    })
    expect(readFilter('User', 'userName sw "x"').equals).toBeUndefined()
  })

  it.each([
    ['an unknown attribute', 'shoeSize eq 43'],
    ['an unknown sub-attribute', 'name.nick eq "x"'],
    ['no end', 'userName eq "x'],
    ['nothing', ''],
    ['too many bytes', `userName eq "${'x'.repeat(FILTER_BYTES_MAX)}"`],
    ['too many levels', `${'not ('.repeat(9)}active eq true${')'.repeat(9)}`],
    ['hundreds of brackets', `${'('.repeat(500)}active eq true${')'.repeat(500)}x`],
  ])('is refused with %s', (_, filter) => {
    expect(() => readFilter('User', filter)).toThrow(
      expect.objectContaining({ scimType: 'invalidFilter' }),
    )
  })

  it('control: eight levels are read', () => {
    const filter = `${'not ('.repeat(7)}active eq true${')'.repeat(7)}`
    expect(readFilter('User', filter).matches(ALICE)).toBe(false)
  })
})

it('names without case are equal in each script', () => {
  expect(foldCase('STRASSE')).toBe(foldCase('straße'))
  expect(foldCase('ΣΊΣΥΦΟΣ')).toBe(foldCase('Σίσυφοσ'))
  expect(foldCase('Ａlice')).toBe(foldCase('alice'))
})
