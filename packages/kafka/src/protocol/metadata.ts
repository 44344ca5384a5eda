import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import type { Metadata, NodeAddress, PartitionMetadata, TopicMetadata } from './cluster-metadata.ts'
import { requests, type BrokerHandle, type ProtocolRequest } from '../client/internals.ts'

/** Every broker from 2.0 on accepts it. */
export const METADATA_VERSION = 6

/**
 * Requests the metadata of the cluster and of these topics from one broker. Errors of a topic or partition
 * are part of the answer. The library's own decoder throws the first of them, which stops all other
 * partitions.
 */
export function readMetadata(broker: BrokerHandle, topics: readonly string[]): Promise<Metadata> {
  return broker.connectionPool.send(metadataOf(topics))
}

type Answer = Metadata & { readonly clientSideThrottleTime: number }

function metadataOf(topics: readonly string[]): ProtocolRequest<Answer> {
  const { request } = requests.Metadata.protocol({ version: METADATA_VERSION })({ topics })
  const bytes = encodeMetadata(topics)
  return {
    request: { ...request, encode: () => Promise.resolve({ buf: bytes, buffer: bytes }) },
    response: {
      decode: (payload) => Promise.resolve(decodeMetadata(payload)),
      parse: (answer) => Promise.resolve(answer),
    },
  }
}

/** Encodes the body of a request of version 6. The broker creates no topic for it. */
export function encodeMetadata(topics: readonly string[]): Buffer {
  const names = topics.map((topic) => Buffer.from(topic))
  const to = new ByteWriter(names.reduce((size, name) => size + 2 + name.length, 4 + 1))
  to.int32(names.length)
  for (const name of names) {
    to.int16(name.length)
    to.raw(name)
  }
  const allowsCreation = 0
  to.int8(allowsCreation)
  return to.bytes
}

/** Decodes the answer to a request of version 6. */
export function decodeMetadata(payload: Buffer): Answer {
  const from = new ByteReader(payload)
  return {
    clientSideThrottleTime: from.int32(),
    brokers: list(from, readNode),
    clusterId: from.text(),
    controllerId: from.int32(),
    topicMetadata: list(from, readTopic),
  }
}

function readNode(from: ByteReader): NodeAddress {
  const [nodeId, host, port] = [from.int32(), from.text(), from.int32()]
  const rack = from.text()
  return { nodeId, host, port, rack: rack === '' ? null : rack }
}

function readTopic(from: ByteReader): TopicMetadata {
  const [topicErrorCode, topic] = [from.int16(), from.text()]
  const isInternalBytes = 1
  from.at += isInternalBytes
  return { topicErrorCode, topic, partitionMetadata: list(from, readPartition) }
}

function readPartition(from: ByteReader): PartitionMetadata {
  const [partitionErrorCode, partitionId, leader] = [from.int16(), from.int32(), from.int32()]
  const replicas = readIds(from)
  // This skips the in-sync and the offline replicas.
  readIds(from)
  readIds(from)
  return { partitionErrorCode, partitionId, leader, replicas }
}

function readIds(from: ByteReader): readonly number[] {
  return list(from, (ids) => ids.int32())
}

/** Reads a list. An absent list is empty. */
function list<T>(from: ByteReader, read: (from: ByteReader) => T): readonly T[] {
  const items: T[] = []
  for (let count = from.int32(); count > 0; count--) items.push(read(from))
  return items
}
