import { expect, test } from 'vitest'
import { HOSTS_MAX, pairHosts } from './pair-hosts.ts'

test.each([
  ['db1', '5432', ['db1:5432']],
  ['db1,db2', '5432', ['db1:5432', 'db2:5432']],
  ['db1,db2', '5432,5433', ['db1:5432', 'db2:5433']],
])('%s with ports %s', (hosts, ports, pairs) => {
  expect(pairHosts(hosts, ports)?.map(({ host, port }) => `${host}:${port}`)).toEqual(pairs)
})

test.each([
  ['db1,db2', '5432,5433,5434'],
  ['db1', '5432,5433'],
  ['db1,', '5432'],
  ['db1,db2', '5432,'],
  [
    Array(HOSTS_MAX + 1)
      .fill('db')
      .join(','),
    '5432',
  ],
])('%s with ports %s do not pair', (hosts, ports) => {
  expect(pairHosts(hosts, ports)).toBeUndefined()
})
