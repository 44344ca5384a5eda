import { describe, expect, it } from 'vitest'
import { applyPatch, type Patched } from './patch.ts'
import { ScimError } from './scim-error.ts'
import type { ResourceKind } from './attributes.ts'

const SCHEMAS = ['urn:ietf:params:scim:api:messages:2.0:PatchOp']

function group(operations: readonly unknown[], members: readonly string[] = ['x', 'y']): Patched {
  const before = { attributes: { displayName: 'Approvers' }, members: new Set(members) }
  return applyPatch('Group', 'g1', before, { schemas: SCHEMAS, Operations: operations })
}

function user(operations: readonly unknown[], attributes: object = {}): Patched {
  const before = {
    attributes: { userName: 'alice', active: true, ...attributes },
    members: new Set<string>(),
  }
  return applyPatch('User', 'u1', before, { schemas: SCHEMAS, Operations: operations })
}

function refusal(patch: () => unknown): string | undefined {
  try {
    patch()
  } catch (error) {
    if (error instanceof ScimError) return `${error.status} ${error.scimType}`
    throw error
  }
  return undefined
}

describe('a removal of members', () => {
  it('takes one member away by a filter, as Okta sends it', () => {
    expect(group([{ op: 'remove', path: 'members[value eq "x"]' }]).members).toEqual(new Set(['y']))
  })
  it.each([
    ['Entra', { op: 'Remove', path: 'members', value: [{ value: 'x' }] }],
    ['authentik', { op: 'remove', path: 'members', value: [{ value: 'x' }] }],
    ['Entra with `$ref`', { op: 'Remove', path: 'members', value: [{ $ref: null, value: 'x' }] }],
  ])('takes the listed members away, as %s sends it', (_, operation) => {
    expect(group([operation]).members).toEqual(new Set(['y']))
  })
  it('takes everybody away without a value, and counts them as omitted', () => {
    const { members, omitted } = group([{ op: 'remove', path: 'members' }])
    expect(members).toEqual(new Set())
    expect(omitted).toEqual(new Set(['x', 'y']))
  })
  it('names an absent member, and changes nothing', () => {
    const { members, named } = group([{ op: 'remove', path: 'members[value eq "z"]' }])
    expect(members).toEqual(new Set(['x', 'y']))
    expect(named).toEqual(new Set(['z']))
  })
  it.each([
    ['display in the filter', 'members[display eq "x" and value eq "x"]', '400 invalidFilter'],
    ['an `or`', 'members[value eq "x" or value eq "y"]', '400 invalidFilter'],
    ['another operator', 'members[value sw "x"]', '400 invalidFilter'],
    ['a broken filter', 'members[value eq ]', '400 invalidFilter'],
    ['an unknown attribute in the filter', 'members[mail eq "x"]', '400 invalidFilter'],
    ['a nested path', 'members[value eq "x"].display', '400 invalidPath'],
    ['a path within members', 'members.value', '400 invalidPath'],
    ['an unknown attribute', 'people[value eq "x"]', '400 invalidPath'],
    ['half a path', 'members[value eq "x"', '400 invalidPath'],
  ])('is refused with %s', (_, path, expected) => {
    expect(refusal(() => group([{ op: 'remove', path }]))).toBe(expected)
  })
  it('is refused with an empty list, which senders and the RFC read differently', () => {
    const operation = { op: 'remove', path: 'members', value: [] }
    expect(refusal(() => group([operation]))).toBe('400 invalidValue')
  })
  it('is refused without a path', () => {
    expect(refusal(() => group([{ op: 'remove', value: { members: [] } }]))).toBe('400 noTarget')
  })
})

describe('an addition or replacement of members', () => {
  it('adds members, and an existing one changes nothing', () => {
    const { members } = group([
      { op: 'add', path: 'members', value: [{ value: 'x' }, { value: 'z' }] },
    ])
    expect(members).toEqual(new Set(['x', 'y', 'z']))
  })
  it.each([
    ['with a path', { op: 'replace', path: 'members', value: [{ value: 'z' }] }],
    ['without a path', { op: 'replace', value: { members: [{ value: 'z' }] } }],
  ])('replaces the list %s', (_, operation) => {
    const { members, omitted } = group([operation])
    expect(members).toEqual(new Set(['z']))
    expect(omitted).toEqual(new Set(['x', 'y']))
  })
  it('takes the operations in the order of the list', () => {
    const add = { op: 'add', path: 'members', value: [{ value: 'z' }] }
    const remove = { op: 'remove', path: 'members[value eq "z"]' }
    expect(group([add, remove]).members).toEqual(new Set(['x', 'y']))
    expect(group([remove, add]).members).toEqual(new Set(['x', 'y', 'z']))
  })
  it('has no effect if a later operation is refused', () => {
    const members = new Set(['x'])
    const before = { attributes: { displayName: 'A' }, members }
    const Operations = [
      { op: 'remove', path: 'members' },
      { op: 'remove', path: 'nothing' },
    ]
    expect(refusal(() => applyPatch('Group', 'g', before, { schemas: SCHEMAS, Operations }))).toBe(
      '400 invalidPath',
    )
    expect(members).toEqual(new Set(['x']))
  })
  it.each([
    ['a member without an id', [{ display: 'x' }]],
    ['a text', 'x'],
    ['a group as a member', [{ value: 'g2', type: 'Group' }]],
    ['null', null],
  ])('is refused with %s', (_, value) => {
    expect(refusal(() => group([{ op: 'add', path: 'members', value }]))).toBe('400 invalidValue')
  })
  it('takes the new name that Okta sends beside the id, and refuses another id', () => {
    const rename = (id: string) => [{ op: 'replace', value: { id, displayName: 'New' } }]
    expect(group(rename('g1')).attributes).toEqual({ displayName: 'New' })
    expect(refusal(() => group(rename('g2')))).toBe('400 mutability')
  })
})

describe('a change of a user', () => {
  it.each([
    ['Okta', { op: 'replace', value: { active: false } }],
    ['Entra', { op: 'Replace', path: 'active', value: 'False' }],
    ['Entra without a path', { op: 'replace', value: { active: 'False' } }],
    [
      'the name of the schema',
      { op: 'replace', path: 'urn:ietf:params:scim:schemas:core:2.0:User:active', value: false },
    ],
  ])('disables the account, as %s sends it', (_, operation) => {
    expect(user([operation]).attributes).toEqual({ userName: 'alice', active: false })
  })
  it('sets sub-attributes by a path, and by names with a dot as Entra sends them', () => {
    const name = { givenName: 'Alice', familyName: 'Ace' }
    const byPath = Object.entries(name).map(([key, value]) => ({
      op: 'Add',
      path: `name.${key}`,
      value,
    }))
    expect(user(byPath).attributes).toMatchObject({ name })
    const dotted = { 'name.givenName': 'Alice', 'name.familyName': 'Ace' }
    expect(user([{ op: 'replace', value: dotted }]).attributes).toMatchObject({ name })
  })
  it('adds the value that a filter of Entra describes, and replaces it later', () => {
    const path = 'emails[type eq "work"].value'
    const { attributes } = user([{ op: 'Add', path, value: 'a@acme.example' }])
    expect(attributes).toMatchObject({ emails: [{ type: 'work', value: 'a@acme.example' }] })
    const later = user([{ op: 'Replace', path, value: 'b@acme.example' }], attributes)
    expect(later.attributes).toMatchObject({ emails: [{ type: 'work', value: 'b@acme.example' }] })
    expect(refusal(() => user([{ op: 'Replace', path, value: 'b' }]))).toBe('400 noTarget')
  })
  it('adds and removes single values of a list', () => {
    const roles = [{ value: 'admin' }, { value: 'buyer' }]
    const added = user([{ op: 'add', path: 'roles', value: [{ value: 'buyer' }] }], {
      roles: [{ value: 'admin' }],
    })
    expect(added.attributes).toMatchObject({ roles })
    for (const operation of [
      { op: 'remove', path: 'roles[value eq "admin"]' },
      { op: 'remove', path: 'roles', value: [{ value: 'admin' }] },
    ])
      expect(user([operation], { roles }).attributes).toMatchObject({ roles: [{ value: 'buyer' }] })
  })
  it.each([
    ['an unknown attribute', { op: 'replace', path: 'shoeSize', value: 43 }, '400 invalidPath'],
    ['a read-only attribute', { op: 'replace', path: 'groups', value: [] }, '400 mutability'],
    ['another type', { op: 'replace', path: 'active', value: 'perhaps' }, '400 invalidValue'],
    ['a required attribute that goes', { op: 'remove', path: 'userName' }, '400 invalidValue'],
    [
      'a filter of a single value',
      { op: 'remove', path: 'name[givenName eq "x"]' },
      '400 invalidPath',
    ],
    ['an unknown `op`', { op: 'move', path: 'active' }, '400 invalidSyntax'],
    [
      'half a pair of characters',
      { op: 'add', path: 'title', value: '\ud800' },
      '400 invalidValue',
    ],
  ])('is refused with %s', (_, operation, expected) => {
    expect(refusal(() => user([operation]))).toBe(expected)
  })
})

describe('a body', () => {
  it.each<[string, ResourceKind, unknown]>([
    ['no object', 'User', []],
    ['no schema', 'User', { Operations: [{ op: 'replace', path: 'active', value: false }] }],
    ['no operations', 'Group', { schemas: SCHEMAS, Operations: [] }],
    ['no list', 'Group', { schemas: SCHEMAS, Operations: {} }],
  ])('with %s is refused', (_, kind, body) => {
    const before = { attributes: { userName: 'a', displayName: 'a' }, members: new Set<string>() }
    expect(refusal(() => applyPatch(kind, 'id', before, body))).toBe('400 invalidSyntax')
  })
})
