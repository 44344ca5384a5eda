import { FreshetError } from '@freshet/domain'
import type { ClientTrouble } from './client-trouble.ts'
import { clusterSettings } from './cluster-settings.ts'
import { Cluster, type BrokerHandle, type ClusterHandle } from './internals.ts'
import type { KafkaOptions } from './settings.ts'
import { socketGroup } from './sockets.ts'

/** One set of connections to the cluster. Whoever meets trouble closes it and opens another. */
export interface Session {
  readonly cluster: ClusterHandle
  /** Cuts the connections; requests in flight fail at once. Safe to call twice. */
  readonly close: () => Promise<void>
  /** Closes the connections when the requests in flight are answered or timed out. */
  readonly retire: () => Promise<void>
}

/** Opens sessions. Each starts with another address of the list, so one dead broker delays few. */
export interface SessionOpener {
  (): Session
  /** What they meet. */
  readonly trouble: ClientTrouble
}

/** Makes unconnected sessions; their first use connects them. */
export function sessionOpener(options: KafkaOptions, trouble: ClientTrouble): SessionOpener {
  let opened = 0
  const open = (): Session => {
    const turn = opened++ % options.brokers.length
    const brokers = [...options.brokers.slice(turn), ...options.brokers.slice(0, turn)]
    const sockets = socketGroup(options)
    const cluster = new Cluster(clusterSettings({ ...options, brokers }, sockets.open))
    const retire = async (): Promise<void> => {
      // Nobody can act on a failure to say goodbye, and the sockets are cut anyway.
      await cluster.disconnect().catch(() => {})
      sockets.cut()
    }
    return {
      cluster,
      retire,
      close: () => {
        sockets.cut()
        return retire()
      },
    }
  }
  return Object.assign(open, { trouble })
}

/**
 * Connects, if need be, and loads where the partitions of a topic are led.
 *
 * kafkajs lets callers share a refresh of the metadata that is under way, which may have been asked
 * for before this topic was one of its targets: then one more is asked for.
 */
export async function loadTopic(
  { cluster }: Pick<Session, 'cluster'>,
  topic: string,
): Promise<void> {
  await cluster.connect()
  await cluster.addTargetTopic(topic)
  if (cluster.findTopicPartitionMetadata(topic).length === 0) await cluster.refreshMetadata()
}

/** Node ids of the leaders of the given partitions, each with what it leads. */
export function leadersOf(
  session: Session,
  topic: string,
  partitions: readonly number[],
): ReadonlyMap<number, readonly number[]> {
  const known = session.cluster.findTopicPartitionMetadata(topic)
  const byLeader = new Map<number, number[]>()
  for (const partition of partitions) {
    const leader = known.find((entry) => entry.partitionId === partition)?.leader
    if (leader === undefined) throw unknownPartition(topic, partition, known.length)
    byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition])
  }
  return byLeader
}

/** The broker that leads one partition of a topic that was loaded. */
export async function leaderOf(
  session: Session,
  topic: string,
  partition: number,
): Promise<BrokerHandle> {
  const [nodeId] = leadersOf(session, topic, [partition]).keys()
  return await session.cluster.findBroker({ nodeId: nodeId ?? -1 })
}

function unknownPartition(topic: string, partition: number, count: number): FreshetError {
  return new FreshetError(
    'topic.mismatch',
    `Topic ${topic} has ${count} partitions; partition ${partition} does not exist.`,
  )
}
