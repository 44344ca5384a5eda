import { createRequire } from 'node:module'

interface Encoder {
  readonly buffer: Buffer
  writeInt16(value: number): Encoder
  writeInt32(value: number): Encoder
  writeBoolean(value: boolean): Encoder
  writeString(value: string | null): Encoder
  writeArray(values: readonly unknown[], type?: string): Encoder
}

const load = createRequire(import.meta.url)
const protocol = 'kafkajs/src/protocol'
const EncoderClass = load(`${protocol}/encoder`) as new () => Encoder
const { decode } = load(`${protocol}/requests/metadata/v6/response`) as {
  decode: (bytes: Buffer) => Promise<object>
}

/** An answer to a Metadata request, as a broker would send it. */
export interface MetadataPlan {
  readonly throttleTime: number
  readonly brokers: readonly {
    readonly nodeId: number
    readonly host: string
    readonly port: number
    readonly rack: string | null
  }[]
  readonly clusterId: string
  readonly controllerId: number
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number
    readonly topic: string
    readonly isInternal: boolean
    readonly partitionMetadata: readonly PartitionPlan[]
  }[]
}

interface PartitionPlan {
  readonly partitionErrorCode: number
  readonly partitionId: number
  readonly leader: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly offlineReplicas: readonly number[]
}

/** Encodes an answer of version 6 with the client library's own encoder. */
export function libraryMetadataBytes(plan: MetadataPlan): Buffer {
  const brokers = plan.brokers.map(({ nodeId, host, port, rack }) =>
    new EncoderClass().writeInt32(nodeId).writeString(host).writeInt32(port).writeString(rack),
  )
  const topics = plan.topicMetadata.map((topic) =>
    new EncoderClass()
      .writeInt16(topic.topicErrorCode)
      .writeString(topic.topic)
      .writeBoolean(topic.isInternal)
      .writeArray(topic.partitionMetadata.map(partitionBytes)),
  )
  return new EncoderClass()
    .writeInt32(plan.throttleTime)
    .writeArray(brokers)
    .writeString(plan.clusterId)
    .writeInt32(plan.controllerId)
    .writeArray(topics).buffer
}

function partitionBytes(partition: PartitionPlan): Encoder {
  return new EncoderClass()
    .writeInt16(partition.partitionErrorCode)
    .writeInt32(partition.partitionId)
    .writeInt32(partition.leader)
    .writeArray(partition.replicas, 'int32')
    .writeArray(partition.isr, 'int32')
    .writeArray(partition.offlineReplicas, 'int32')
}

/** Returns the answer as the client library's own decoder reads it, before it throws the errors in it. */
export function metadataReadByLibrary(bytes: Buffer): Promise<object> {
  return decode(bytes)
}
