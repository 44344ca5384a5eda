import { expect, test } from 'vitest'
import { clusterSettings } from './cluster-settings.ts'
import {
  Cluster,
  RequestQueue,
  SUPPORTED_VERSION,
  apiKeys,
  createClientLogger,
  kafkajsVersion,
  requests,
} from './internals.ts'
import { socketGroup } from './sockets.ts'

const cluster = new Cluster(
  clusterSettings({ brokers: ['127.0.0.1:1'], clientId: 'test' }, socketGroup({}).open),
)

test('the installed kafkajs is the version whose internals are declared', () => {
  expect(kafkajsVersion).toBe(SUPPORTED_VERSION)
})

test('the cluster object has every method that reader and writer call', () => {
  const used = [
    'connect',
    'disconnect',
    'isConnected',
    'addTargetTopic',
    'refreshMetadata',
    'findBroker',
    'fetchTopicsOffset',
  ]
  const missing = used.filter(
    (name) => typeof (cluster as unknown as Record<string, unknown>)[name] !== 'function',
  )
  expect(missing).toEqual([])
})

test('the broker pool has what is used of it, and asks a broker for metadata by the method replaced here', () => {
  const { brokerPool } = cluster
  expect([typeof brokerPool.createBroker, typeof brokerPool.findConnectedBroker]).toEqual([
    'function',
    'function',
  ])
  const broker = brokerPool.createBroker({
    connectionPool: { connectionTimeout: 1, host: 'a', port: 1 },
    logger: createClientLogger({ level: 2, logCreator: () => () => {} }),
  })
  expect(broker).toMatchObject({
    connect: expect.any(Function),
    metadata: expect.any(Function),
    describeConfigs: expect.any(Function),
  })
})

test('the request queue has the methods that are replaced', () => {
  const { prototype } = RequestQueue
  expect([
    typeof prototype.scheduleCheckPendingRequests,
    typeof prototype.scheduleRequestTimeoutCheck,
    typeof prototype.destroy,
  ]).toEqual(['function', 'function', 'function'])
})

test('the requests that we send are implemented in the versions that were tried', () => {
  const highest = (api: string): number => Math.max(...(requests[api]?.versions ?? []).map(Number))
  expect([highest('Produce'), highest('Fetch'), highest('ListOffsets')]).toEqual([7, 11, 3])
  expect([apiKeys['Produce'], apiKeys['Fetch'], apiKeys['ListOffsets']]).toEqual([0, 1, 2])
})

test('no timeout and no retry is left to the defaults of the library', () => {
  const settings = clusterSettings({ brokers: ['a:1'], clientId: 'test' }, socketGroup({}).open)
  expect(settings).toMatchObject({
    connectionTimeout: expect.any(Number),
    requestTimeout: expect.any(Number),
    authenticationTimeout: expect.any(Number),
    reauthenticationThreshold: expect.any(Number),
    retry: { retries: expect.any(Number), initialRetryTime: expect.any(Number) },
    allowAutoTopicCreation: false,
  })
})

test('the logger factory takes a log creator', () => {
  const logger = createClientLogger({ level: 2, logCreator: () => () => {} })
  expect(typeof logger.namespace).toBe('function')
})
