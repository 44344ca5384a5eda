import type { SourceConnection } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import type { Json } from './connector.ts'
import { mapRow, MAPPED_VALUES_MAX } from './map-row.ts'

const CONNECTION: SourceConnection = {
  kind: 'keycloak',
  at: 'https://id.acme.example/realms/acme',
  tenant: 'acme',
  settleMs: 3_000,
  intervalMs: 1_000,
  compareMs: 600_000,
  subject: { iss: 'https://id.acme.example', sub: '/id' },
  account: true,
  claims: new Map([
    ['groups', { each: '/groups/*/name', strip: 'team-', others: 'keep' }],
    ['roles', { each: '/roles/*', values: new Map([['app-admin', 'admin']]), others: 'drop' }],
    ['grade', { each: '/grade', values: new Map([['1', 'low']]), others: 'refuse' }],
  ]),
  options: new Map(),
}

const map = (attributes: Json, enabled?: boolean) =>
  mapRow(CONNECTION, { key: 'k', attributes, ...(enabled !== undefined && { enabled }) })

describe('the mapping of a subject', () => {
  it('reads each element, strips the prefix, and leaves other values out', () => {
    const groups = [{ name: 'team-payments' }, { name: 'lunch' }, { name: 'team-payments' }]
    expect(map({ id: 'alice', groups })?.claims.get('groups')).toEqual(['payments'])
  })

  it('takes values of the table, and drops the others', () => {
    const mapped = map({ id: 'alice', roles: ['app-admin', 'offline_access'] })
    expect(mapped?.claims.get('roles')).toEqual(['admin'])
  })

  it('gives an absent place no values, so that a removal of the attribute removes them', () => {
    expect(map({ id: 'alice' })?.claims).toEqual(
      new Map([
        ['groups', []],
        ['roles', []],
        ['grade', []],
      ]),
    )
  })

  it('refuses a claim with an unknown or structured value, and names neither', () => {
    expect(map({ id: 'alice', grade: 'secret' })?.refused.get('grade')).not.toContain('secret')
    expect(map({ id: 'alice', groups: [{ name: { a: 1 } }] })?.claims.has('groups')).toBe(false)
  })

  it('refuses more values than an event can carry', () => {
    const roles = Array.from({ length: MAPPED_VALUES_MAX + 1 }, (_, at) => ({ name: `team-${at}` }))
    expect(map({ id: 'alice', groups: roles })?.refused.has('groups')).toBe(true)
  })

  it('has the state of the account where the upstream system has one', () => {
    expect(map({ id: 'alice' }, false)?.account).toBe('disabled')
    expect(map({ id: 'alice' }, true)?.account).toBe('enabled')
    expect(map({ id: 'alice' })?.account).toBeUndefined()
  })

  it('finds no subject without a text at its pointer', () => {
    expect([map({}), map({ id: '' }), map({ id: 7 }), map(null), map([])]).toEqual(
      Array.from({ length: 5 }, () => undefined),
    )
  })

  it('reads no member of the prototype', () => {
    const connection = { ...CONNECTION, subject: { iss: 'i', sub: '/constructor/name' } }
    expect(mapRow(connection, { key: 'k', attributes: {} })).toBeUndefined()
  })
})
