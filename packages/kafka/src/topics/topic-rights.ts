import { ByteReader } from '../protocol/byte-reader.ts'
import { encodeMetadata, METADATA_VERSION } from '../protocol/metadata.ts'
import { requests, type BrokerHandle, type ProtocolRequest } from '../client/internals.ts'
import type { AclOperation } from './acl-plan.ts'

/** The operations that a client is allowed on each topic. A topic that it cannot describe has none. */
export type TopicRights = ReadonlyMap<string, ReadonlySet<AclOperation>>

/** The lowest version of Metadata whose answer has the rights of the client. Kafka 2.3 was the first with it. */
const VERSION = 8
/** The place of each operation in the set of bits of the answer. */
const BITS: Readonly<Record<AclOperation, number>> = {
  Read: 3,
  Write: 4,
  Create: 5,
  Describe: 8,
  DescribeConfigs: 10,
}

/** Requests the rights of this client on topics from one broker. */
export function readTopicRights(
  broker: BrokerHandle,
  topics: readonly string[],
): Promise<TopicRights> {
  return broker.connectionPool.send(rightsOf(topics))
}

function rightsOf(topics: readonly string[]): ProtocolRequest<TopicRights> {
  const { request } = requests.Metadata.protocol({ version: METADATA_VERSION })({ topics })
  const bytes = encodeRightsRequest(topics)
  return {
    request: {
      ...request,
      apiVersion: VERSION,
      encode: () => Promise.resolve({ buf: bytes, buffer: bytes }),
    },
    response: {
      decode: (payload) => Promise.resolve(decodeRights(payload)),
      parse: (rights) => Promise.resolve(rights),
    },
  }
}

/** Encodes the body of a request of version 8: that of version 6, and which rights the answer contains. */
export function encodeRightsRequest(topics: readonly string[]): Buffer {
  const [ofCluster, ofTopics] = [0, 1]
  return Buffer.concat([encodeMetadata(topics), Buffer.from([ofCluster, ofTopics])])
}

/** Decodes the rights from an answer of version 8. */
export function decodeRights(payload: Buffer): TopicRights {
  const from = new ByteReader(payload)
  const int32Bytes = 4
  from.at += int32Bytes
  each(from, skipNode)
  from.text()
  from.at += int32Bytes
  const rights = new Map<string, ReadonlySet<AclOperation>>()
  each(from, () => {
    const [error, topic] = [from.int16(), from.text()]
    const isInternalBytes = 1
    from.at += isInternalBytes
    each(from, skipPartition)
    const bits = from.int32()
    rights.set(topic, error === 0 ? operationsOf(bits) : new Set())
  })
  return rights
}

function operationsOf(bits: number): ReadonlySet<AclOperation> {
  const operations = Object.entries(BITS) as [AclOperation, number][]
  return new Set(operations.filter(([, bit]) => (bits & (1 << bit)) !== 0).map(([name]) => name))
}

function skipNode(from: ByteReader): void {
  from.int32()
  from.text()
  from.int32()
  from.text()
}

function skipPartition(from: ByteReader): void {
  const errorBytes = 2
  const idLeaderAndEpochBytes = 12
  from.at += errorBytes + idLeaderAndEpochBytes
  const id = (ids: ByteReader): void => void ids.int32()
  // The replicas, those in sync, and those that are offline.
  for (let lists = 0; lists < 3; lists++) each(from, id)
}

/** Reads the items of a list. An absent list is empty. */
function each(from: ByteReader, read: (from: ByteReader) => void): void {
  for (let count = from.int32(); count > 0; count--) read(from)
}
