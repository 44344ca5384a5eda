import { expect, test } from 'vitest'
import { missingPrivileges, type Held } from './missing-privilege.ts'

const ROLES = ['freshet_tenant', 'freshet_system', 'freshet_ledger']
/** The login of `freshet db roles`. */
const planned: Held = {
  login: 'freshet_migrate',
  place: 'public',
  createsRoles: false,
  creates: true,
  ledgerCreates: true,
  made: ROLES,
  used: ROLES,
  owner: undefined,
}

test('the login of the plan lacks nothing', () => {
  expect(missingPrivileges(planned)).toEqual([])
})

test('a login with CREATEROLE that owns the database lacks nothing before the first migration', () => {
  expect(missingPrivileges({ ...planned, createsRoles: true, made: [], used: [] })).toEqual([])
})

test.each<[string, Partial<Held>, string]>([
  [
    'no role exists',
    { made: [], used: [] },
    'CREATEROLE, to create freshet_tenant, freshet_system, freshet_ledger',
  ],
  [
    'another login made the roles',
    { createsRoles: true, used: [] },
    'membership of freshet_ledger, freshet_system, freshet_tenant',
  ],
  ['the schema belongs to another login', { creates: false }, 'CREATE on schema public'],
  ['no schema is in the search path', { creates: false, place: undefined }, 'CREATE on a schema'],
  [
    'the ledger’s owner cannot create tables',
    { ledgerCreates: false },
    'CREATE on schema public for freshet_ledger',
  ],
  ['another login migrated before', { owner: 'old' }, 'the tables, which login old owns'],
])('a privilege is missing where %s', (_, held, missing) => {
  expect(missingPrivileges({ ...planned, ...held })).toEqual([missing])
})
