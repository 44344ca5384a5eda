import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  libraryMetadataBytes,
  metadataReadByLibrary,
} from '../../../../test/setup/kafka-metadata.ts'
import type { Metadata } from './cluster-metadata.ts'
import { decodeMetadata, encodeMetadata, METADATA_VERSION } from './metadata.ts'

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
const id = fc.integer({ min: -1, max: 2 ** 31 - 1 })
const code = fc.constantFrom(0, 3, 5, 9, 29, 72)
const ids = fc.array(id, { maxLength: 3 })
const partition = fc.record({
  partitionErrorCode: code,
  partitionId: id,
  leader: id,
  replicas: ids,
  isr: ids,
  offlineReplicas: ids,
})
const answer = fc.record({
  throttleTime: fc.nat(),
  brokers: fc.array(
    fc.record({ nodeId: id, host: text, port: fc.nat(65_535), rack: fc.option(text) }),
    { maxLength: 3 },
  ),
  clusterId: text,
  controllerId: id,
  topicMetadata: fc.array(
    fc.record({
      topicErrorCode: code,
      topic: text,
      isInternal: fc.boolean(),
      partitionMetadata: fc.array(partition, { maxLength: 4 }),
    }),
    { maxLength: 3 },
  ),
})

test('an answer is read as the library reads it, with the errors of its partitions in it', async () => {
  await fc.assert(
    fc.asyncProperty(answer, async (given) => {
      const bytes = libraryMetadataBytes(given)
      const read: Metadata = decodeMetadata(bytes)
      expect(await metadataReadByLibrary(bytes)).toMatchObject({ ...read })
      expect(read.topicMetadata.map(({ topicErrorCode }) => topicErrorCode)).toEqual(
        given.topicMetadata.map(({ topicErrorCode }) => topicErrorCode),
      )
    }),
  )
})

test('a request names its topics and lets the broker create none', () => {
  expect(METADATA_VERSION).toBe(6)
  expect([...encodeMetadata(['ab'])]).toEqual([0, 0, 0, 1, 0, 2, 97, 98, 0])
  // An absent list would request every topic of the cluster.
  expect([...encodeMetadata([])]).toEqual([0, 0, 0, 0, 0])
})
