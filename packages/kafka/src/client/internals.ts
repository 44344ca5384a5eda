import { createRequire } from 'node:module'
import loadedCluster from 'kafkajs/src/cluster/index.js'
import loadedErrors from 'kafkajs/src/errors.js'
import loadedLoggers from 'kafkajs/src/loggers/index.js'
import loadedQueue from 'kafkajs/src/network/requestQueue/index.js'
import loadedError from 'kafkajs/src/protocol/error.js'
import loadedChecksum from 'kafkajs/src/protocol/recordBatch/crc32C/index.js'
import loadedKeys from 'kafkajs/src/protocol/requests/apiKeys.js'
import loadedRequests from 'kafkajs/src/protocol/requests/index.js'
import type { Metadata } from '../protocol/cluster-metadata.ts'

/**
 * Internal parts of kafkajs that the package does not export, with our own declarations.
 *
 * kafkajs has no consumer without a group, and its producer retries inside. Reader and writer therefore use
 * its cluster and broker objects. The package is pinned to one exact version. `internals.test.ts` and the
 * suites on a real broker fail if one of these parts changes. They are imported by statement, so a bundler
 * finds them.
 */
const load = (name: string): unknown => createRequire(import.meta.url)(name)

/** The version whose internals are declared here. */
export const SUPPORTED_VERSION = '2.2.4'

export interface FetchRequest {
  readonly isolationLevel: number
  readonly maxWaitTime: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly topics: readonly {
    readonly topic: string
    readonly partitions: readonly { partition: number; fetchOffset: string; maxBytes: number }[]
  }[]
}

/** The library's produce request. This package encodes the records in it. */
export interface ProduceRequest {
  readonly acks: -1
  readonly timeout: number
  readonly topicData: readonly []
}

/** A leader's answer for one partition. `errorCode` 0 means that the records were appended. */
export interface ProducedPartition {
  readonly partition: number
  readonly errorCode: number
  readonly baseOffset: string
  readonly logAppendTime: string
}

export interface ProduceResponse {
  readonly topics: readonly {
    readonly topicName: string
    readonly partitions: readonly ProducedPartition[]
  }[]
}

/** The lowest and highest version of each API that a broker accepts, by API key. */
export type BrokerVersions = Readonly<Record<number, { minVersion: number; maxVersion: number }>>

/** The body of a request, in the form of the library's encoders. */
export interface Encoded {
  readonly buf: Buffer
  readonly buffer: Buffer
}

/** A request and the reading of its answer: `decode` reads it, `parse` throws the errors in it. */
export interface ProtocolRequest<T> {
  readonly request: { readonly apiVersion: number; readonly encode: () => Promise<Encoded> }
  readonly response: {
    readonly decode: (payload: Buffer) => Promise<T>
    readonly parse: (decoded: T) => Promise<T>
  }
  readonly requestTimeout?: number
}

/** A setting of a broker. */
interface ConfigEntry {
  readonly configName: string
  readonly configValue: string
}

export interface ConfigAnswer {
  readonly resources: readonly {
    readonly resourceName: string
    readonly configEntries: readonly ConfigEntry[]
  }[]
}

export interface BrokerHandle {
  readonly nodeId?: number
  apiVersions(): Promise<BrokerVersions>
  readonly connectionPool: { send<T>(request: ProtocolRequest<T>): Promise<T> }
}

interface DescribedResource {
  readonly type: number
  readonly name: string
  /** If absent, the broker returns all settings. */
  readonly configNames?: readonly string[]
}

/** A broker that the library has created and not connected yet. */
export interface NewBroker extends BrokerHandle {
  /** Resolves when the broker has answered with its versions. */
  connect(): Promise<void>
  /** Throws if the broker does not know the request. */
  lookupRequest(apiKey: number, request: RequestDefinition): unknown
}

/** A broker that also returns settings. */
export interface DescribingBroker extends BrokerHandle {
  readonly nodeId: number
  describeConfigs(query: {
    readonly resources: readonly DescribedResource[]
  }): Promise<ConfigAnswer>
}

export interface TopicOffsets {
  readonly topic: string
  readonly partitions: readonly { readonly partition: number; readonly offset: string }[]
}

/** The brokers of the last metadata, each with its connections. */
export interface BrokerPoolHandle {
  readonly metadata: Metadata | null
  createBroker(options: object): NewBroker
  findConnectedBroker(): Promise<DescribingBroker>
}

export interface ClusterHandle {
  readonly brokerPool: BrokerPoolHandle
  isConnected(): boolean
  connect(): Promise<void>
  disconnect(): Promise<void>
  addTargetTopic(topic: string): Promise<void>
  refreshMetadata(): Promise<void>
  findBroker(node: { nodeId: number | string }): Promise<BrokerHandle>
  fetchTopicsOffset(
    topics: readonly {
      readonly topic: string
      readonly fromBeginning: boolean
      readonly partitions: readonly { readonly partition: number }[]
    }[],
  ): Promise<readonly TopicOffsets[]>
}

export type KafkajsLogger = { readonly namespace: (name: string) => KafkajsLogger }

/** A request that was sent and is not answered yet. */
interface InflightRequest {
  readonly sentAt: number
  readonly requestTimeout: number
  timeoutRequest(): void
}

export interface RequestQueueHandle {
  readonly pending: readonly unknown[]
  readonly inflight: ReadonlyMap<number, InflightRequest>
  readonly enforceRequestTimeout: boolean
  isConnected(): boolean
  scheduleCheckPendingRequests(): void
  scheduleRequestTimeoutCheck(): void
  destroy(): void
}

type Library = typeof import('kafkajs')

/**
 * Returns the library's own entry. It loads producers, consumers and the admin client, so only an operation of
 * an operator needs it, and a bundle does not have it.
 */
export function kafkajs(): Library {
  return load('kafkajs') as Library
}

type Errors = Pick<Library, 'KafkaJSConnectionError' | 'KafkaJSRequestTimeoutError'>

export const errors: Errors = loadedErrors as Errors

/** The installed version. Undefined in a bundle, which lacks the package.json of the library. */
export const kafkajsVersion: string | undefined = installedVersion()

function installedVersion(): string | undefined {
  try {
    return (load('kafkajs/package.json') as { readonly version: string }).version
  } catch {
    return undefined
  }
}

export const Cluster: new (options: object) => ClusterHandle = loadedCluster as new (
  options: object,
) => ClusterHandle

export const RequestQueue: new (options: object) => RequestQueueHandle = loadedQueue as new (
  options: object,
) => RequestQueueHandle

type CreateLogger = (options: object) => KafkajsLogger

export const createClientLogger: CreateLogger = (
  loadedLoggers as { readonly createLogger: CreateLogger }
).createLogger

export interface RequestDefinition<Request = never, Answer = unknown> {
  readonly versions: readonly string[]
  readonly protocol: (of: {
    readonly version: number
  }) => (request: Request) => ProtocolRequest<Answer>
}

type RequestDefinitions = Readonly<Record<string, RequestDefinition>> & {
  readonly Fetch: RequestDefinition<FetchRequest & { readonly rackId: string }>
  readonly Produce: RequestDefinition<ProduceRequest, ProduceResponse>
  readonly Metadata: RequestDefinition<{ readonly topics: readonly string[] }>
}

/** The API key and implemented versions of every request that kafkajs can send. */
export const requests: RequestDefinitions = (
  loadedRequests as { readonly requests: RequestDefinitions }
).requests

export const apiKeys: Readonly<Record<string, number>> = loadedKeys as Readonly<
  Record<string, number>
>

/** Returns the checksum of record batches. */
export const crc32C: (bytes: Buffer) => number = loadedChecksum as (bytes: Buffer) => number

type ProtocolErrorOf = (code: number) => Error

/** Returns the error of a broker's code, with its name as `type`. */
export const errorOfCode: ProtocolErrorOf = (
  loadedError as { readonly createErrorFromCode: ProtocolErrorOf }
).createErrorFromCode
