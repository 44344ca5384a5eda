import { expect, test } from 'vitest'
import { apiGaps } from '../kafka.ts'
import { apiKeys } from './internals.ts'

const used = ['Produce', 'Fetch', 'ListOffsets', 'Metadata', 'ApiVersions', 'CreateTopics']
const admin = ['DeleteTopics', 'DeleteRecords', 'DescribeConfigs']

function brokerWith(range: { minVersion: number; maxVersion: number }) {
  return Object.fromEntries([...used, ...admin].map((api) => [apiKeys[api], range]))
}

test('a broker that accepts everything leaves no gap', () => {
  expect(apiGaps(brokerWith({ minVersion: 0, maxVersion: 20 }))).toEqual([])
})

test('a broker that dropped the versions that we send is found out before it answers nonsense', () => {
  const broker = { ...brokerWith({ minVersion: 0, maxVersion: 20 }) }
  broker[apiKeys['Fetch'] ?? -1] = { minVersion: 12, maxVersion: 18 }
  delete broker[apiKeys['DeleteTopics'] ?? -1]
  expect(apiGaps(broker)).toEqual([
    { api: 'Fetch', sent: 11, accepted: '12-18' },
    { api: 'DeleteTopics', sent: 1, accepted: 'none' },
  ])
})

test('a broker from before the version of Fetch whose answer we read is found out too', () => {
  const broker = { ...brokerWith({ minVersion: 0, maxVersion: 20 }) }
  broker[apiKeys['Fetch'] ?? -1] = { minVersion: 0, maxVersion: 10 }
  expect(apiGaps(broker)).toEqual([{ api: 'Fetch', sent: 11, accepted: '0-10' }])
})
