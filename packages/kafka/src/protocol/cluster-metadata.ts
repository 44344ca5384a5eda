/** The address of a broker, as the broker advertises it. */
export interface NodeAddress {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** One partition. `leader` is −1 if no broker leads it now. */
export interface PartitionMetadata {
  readonly partitionErrorCode: number
  readonly partitionId: number
  readonly leader: number
  readonly replicas: readonly number[]
}

/** One requested topic. `topicErrorCode` 0 means that it exists and this client is allowed to read it. */
export interface TopicMetadata {
  readonly topicErrorCode: number
  readonly topic: string
  readonly partitionMetadata: readonly PartitionMetadata[]
}

/** A broker's metadata of its cluster. The library's cluster object reads the members by these names. */
export interface Metadata {
  readonly brokers: readonly NodeAddress[]
  readonly clusterId: string
  readonly controllerId: number
  readonly topicMetadata: readonly TopicMetadata[]
}
