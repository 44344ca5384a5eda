import { expect, test } from 'vitest'
import { databasePlaintext, readDatabaseSettings, replicaProblem } from './database-variables.ts'

test.each([
  'postgres://me:hush@127.0.0.1/x',
  'postgres://localhost:5432/x',
  'postgres://[::1]/x',
  'postgres:///x?host=/var/run/postgresql',
  'postgres://%2Fvar%2Frun%2Fpostgresql/x',
  'socket:/var/run/postgresql?db=x',
  'postgres://db/x?sslmode=require',
  'postgres://db/x?sslmode=verify-ca&sslrootcert=ca.pem',
  'postgres://db/x?sslmode=verify-full',
])('%s never travels in clear over a network', (url) => {
  expect(databasePlaintext(url)).toBeUndefined()
  expect(readDatabaseSettings({ DATABASE_URL: url }).databaseUrl).toBe(url)
})

test.each([
  'postgres://me:hush@db/x',
  'postgres://me:hush@db/x?sslmode=disable',
  'postgres://me:hush@db/x?sslmode=prefer',
  'postgres://me:hush@db/x?sslmode=allow',
  'postgres://me:hush@db/x?sslmode=no-verify',
  'postgres://me:hush@db/x?sslmode=',
  'postgres://me:hush@127.0.0.1/x?host=db',
  'postgres://me:hush@db/x?sslmode=require&sslmode=disable',
  'postgres://me:hush@127.0.0.1/x?host=127.0.0.1&host=db',
  'postgres:///x',
])('%s could travel in clear and is refused, unless that is accepted', (url) => {
  expect(() => readDatabaseSettings({ DATABASE_URL: url })).toThrow(/sslmode=verify-full/)
  expect(() => readDatabaseSettings({ DATABASE_URL: url })).not.toThrow('hush')
  const accepted = { DATABASE_URL: url, DATABASE_ALLOW_PLAINTEXT: 'true' }
  expect(readDatabaseSettings(accepted).databaseAllowPlaintext).toBe(true)
})

test.each([
  'postgres://me:hush@db1,db2/x?sslmode=verify-full',
  'postgres://me:hush@db1/x?host=db1,db2&sslmode=verify-full&target_session_attrs=read-write',
  'postgres://me:hush@db1/x?host=db1,db2&port=5432,5433&sslmode=verify-full',
  'postgres://me:hush@127.0.0.1/x?host=127.0.0.1,localhost&port=5432',
])('%s names several hosts, of which the primary is used', (url) => {
  expect(readDatabaseSettings({ DATABASE_URL: url }).databaseUrl).toBe(url)
})

test.each([
  ['postgres://me:hush@db1,db2:5433/x?sslmode=verify-full', /one port/],
  ['postgres://me:hush@db1/x?host=db1,db2&port=1,2,3&sslmode=verify-full', /one for each host/],
  ['postgres://me:hush@a,b,c,d,e,f/x?sslmode=verify-full', /at most 5 hosts/],
  ['postgres://me:hush@a,b/x?sslmode=verify-full&target_session_attrs=any', /not read-write/],
  ['postgres://me:hush@a,b/x?sslmode=verify-full&target_session_attrs=standby', /not read-write/],
  ['postgres://me:hush@127.0.0.1,db2/x', /sslmode=verify-full/],
  ['postgres://me:hush@127.0.0.1/x?host=127.0.0.1,db2', /sslmode=verify-full/],
])('%s is refused', (url, why) => {
  expect(() => readDatabaseSettings({ DATABASE_URL: url })).toThrow(why)
  expect(() => readDatabaseSettings({ DATABASE_URL: url })).not.toThrow('hush')
})

test.each<[string, RegExp | undefined]>([
  ['postgres://me:hush@127.0.0.1/x', undefined],
  ['postgres://me:hush@replica/x?sslmode=verify-full', undefined],
  ['postgres://me:hush@replica/x', /DATABASE_READ_URL: replica is not on loopback/],
  ['postgres://me:hush@a,b/x?sslmode=verify-full', /name one replica/],
])('a replica at %s', (url, why) => {
  const problem = replicaProblem(url, false)
  if (why === undefined) return expect(problem).toBeUndefined()
  expect(problem).toMatch(why)
  expect(problem).not.toContain('hush')
})
