import {
  AuthenticationError,
  ConnectionPool,
  metadataV12,
  type Broker,
  type Connection,
  type ConnectionOptions,
  type SASLOptions,
} from '@platformatic/kafka'
import { FreshetError } from '@freshet/protocol'
import { brokerError, metadataBehind } from './broker-error.ts'

/** The addresses of brokers, and the options of the connections by `@platformatic/kafka`. */
export interface PlatformaticOptions extends Pick<ConnectionOptions, 'tls' | 'sasl'> {
  /** The `host:port` of at least one broker. */
  readonly brokers: readonly string[]
  readonly clientId: string
}

/** The leader of each partition of a topic. */
export type Leaders = ReadonlyMap<number, Broker>

/** Connections of their own to the brokers of one cluster. */
export interface Cluster {
  /** Returns the leaders of a topic, as a broker knows them now. */
  readonly leaders: (topic: string) => Promise<Leaders>
  readonly connection: (broker: Broker) => Promise<Connection>
  /** Cuts the connections. Requests in flight fail. */
  readonly close: () => Promise<void>
}

const TIMEOUTS = { connectTimeout: 10_000, requestTimeout: 5_000 } as const
const NO_LEADER = -1

/** Creates a cluster without connections. Its first use connects it. */
export function cluster({ brokers, clientId, tls, sasl }: PlatformaticOptions): Cluster {
  const transport = { ...(tls && { tls }), ...(sasl && { sasl: refusingLate(sasl) }) }
  const pool = new ConnectionPool(clientId, { ...TIMEOUTS, ...transport })
  const seeds = brokers.map(addressOf)
  return {
    async leaders(topic) {
      const connection = await pool.getFirstAvailable(seeds)
      const answer = await metadataV12.api
        .async(connection, [topic], false, false)
        .catch((error: unknown) => metadataBehind(error))
      return leadersIn(answer, topic)
    },
    connection: (broker) => pool.get(broker),
    close: () => pool.close(),
  }
}

/**
 * Returns the login with a check of the broker's last answer. A broker answers a refused bearer token with a text
 * (RFC 7628), and the library takes that for success unless it is given a check.
 */
function refusingLate(sasl: SASLOptions): SASLOptions {
  if (sasl.mechanism !== 'OAUTHBEARER') return sasl
  return {
    ...sasl,
    authBytesValidator: (answer, callback) => {
      if (answer.length === 0) callback(null, answer)
      else callback(new AuthenticationError('The broker refused the token.'))
    },
  }
}

/**
 * Returns the leader of a partition.
 *
 * @throws `topic.mismatch` if the partition does not exist
 */
export function leaderIn(leaders: Leaders, topic: string, partition: number): Broker {
  const leader = leaders.get(partition)
  if (leader !== undefined) return leader
  const text = `Topic ${topic} has ${leaders.size} partitions; partition ${partition} does not exist.`
  throw new FreshetError('topic.mismatch', text)
}

/** Returns partitions by the broker that leads them. */
export function byLeader(
  leaders: Leaders,
  topic: string,
  partitions: readonly number[],
): ReadonlyMap<Broker, readonly number[]> {
  const groups = new Map<Broker, number[]>()
  for (const partition of partitions) {
    const leader = leaderIn(leaders, topic, partition)
    groups.set(leader, [...(groups.get(leader) ?? []), partition])
  }
  return groups
}

function leadersIn({ brokers, topics }: metadataV12.MetadataResponse, topic: string): Leaders {
  const found = topics.find(({ name }) => name === topic)
  if (found === undefined || found.errorCode !== 0)
    throw brokerError(found?.errorCode ?? UNKNOWN_TOPIC, `Read the leaders of ${topic}`)
  const nodes = new Map(brokers.map((broker) => [broker.nodeId, broker as Broker]))
  const pairs = found.partitions.map(({ partitionIndex, leaderId }) => {
    const leader = leaderId === NO_LEADER ? undefined : nodes.get(leaderId)
    if (leader === undefined) throw leaderless(topic, partitionIndex)
    return [partitionIndex, leader] as const
  })
  return new Map(pairs.toSorted(([a], [b]) => a - b))
}

const UNKNOWN_TOPIC = 3

function leaderless(topic: string, partition: number): FreshetError {
  return new FreshetError('broker.unavailable', `${topic}/${partition}: no broker leads it now.`)
}

function addressOf(address: string): Broker {
  const at = address.lastIndexOf(':')
  return { host: address.slice(0, at), port: Number(address.slice(at + 1)) }
}
