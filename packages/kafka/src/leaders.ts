import { FreshetError } from '@freshet/domain'
import { errorOfCode, type BrokerHandle } from './internals.ts'
import type { PartitionMetadata } from './metadata.ts'
import type { Session } from './session.ts'

type OnCluster = Pick<Session, 'cluster'>
type OnSession = Pick<Session, 'cluster' | 'isSilent'>

/**
 * Connects, if need be, and loads where the partitions of a topic are led.
 *
 * kafkajs lets callers share a refresh of the metadata that is under way, which may have been asked
 * for before this topic was one of its targets: then one more is asked for.
 *
 * @throws the error of the topic, where it is missing or this client is not allowed to see it
 */
export async function loadTopic({ cluster }: OnCluster, topic: string): Promise<void> {
  await cluster.connect()
  await cluster.addTargetTopic(topic)
  if (partitionsOf({ cluster }, topic).length === 0) await cluster.refreshMetadata()
  const errorCode = topicIn({ cluster }, topic)?.topicErrorCode ?? 0
  if (errorCode !== 0) throw errorOfCode(errorCode)
}

/** The partitions of a topic that was loaded, by number. */
export function partitionsOf(on: OnCluster, topic: string): readonly number[] {
  const known = topicIn(on, topic)?.partitionMetadata ?? []
  return known.map(({ partitionId }) => partitionId).toSorted((a, b) => a - b)
}

/** Partitions of a loaded topic, grouped by leader; each without a leader stands alone. */
export function groupedByLeader(
  on: OnCluster,
  topic: string,
  partitions: readonly number[],
): readonly (readonly number[])[] {
  const groups = new Map<string, number[]>()
  for (const partition of partitions) {
    const { leader } = partitionIn(on, topic, partition)
    const key = leader < 0 ? `none of ${partition}` : String(leader)
    groups.set(key, [...(groups.get(key) ?? []), partition])
  }
  return [...groups.values()]
}

/**
 * The broker that leads one partition of a topic that was loaded.
 *
 * @throws `broker.unavailable` where the partition has no leader; `LeaderUnreachable`; `topic.mismatch` where the
 *   partition does not exist
 */
export async function leaderOf(
  session: OnSession,
  topic: string,
  partition: number,
): Promise<BrokerHandle> {
  await requireLeaders(session, topic, [partition])
  const { leader: nodeId } = partitionIn(session, topic, partition)
  return await session.cluster.findBroker({ nodeId }).catch((cause: unknown) => {
    throw new LeaderUnreachable(topic, partition, cause)
  })
}

/**
 * Refuses unless each of these partitions has a leader that can be asked. Where one has none, or one that lately did not
 * answer in time, the metadata is asked for once more: another one can lead by now.
 *
 * @throws `broker.unavailable` naming those without a leader; `LeaderUnreachable` where one is silent
 */
export async function requireLeaders(
  on: OnSession,
  topic: string,
  partitions: readonly number[],
): Promise<void> {
  const leader = (partition: number): number => partitionIn(on, topic, partition).leader
  const isSilent = (partition: number): boolean => on.isSilent(leader(partition))
  const isAbsent = (partition: number): boolean => leader(partition) < 0
  if (partitions.some((each) => isAbsent(each) || isSilent(each)))
    await on.cluster.refreshMetadata()
  const absent = partitions.filter(isAbsent)
  if (absent.length > 0) throw leaderless(topic, absent)
  const silent = partitions.find(isSilent)
  if (silent !== undefined) throw new LeaderUnreachable(topic, silent)
}

/** The leader of one partition refused the connection, or is silent. An error of the library is the cause. */
export class LeaderUnreachable extends Error {
  constructor(topic: string, partition: number, cause?: unknown) {
    super(`there is no connection to the leader of ${topic}/${partition}`, { cause })
    this.name = 'LeaderUnreachable'
  }
}

function topicIn({ cluster }: OnCluster, topic: string) {
  return cluster.brokerPool.metadata?.topicMetadata.find((each) => each.topic === topic)
}

function partitionIn(on: OnCluster, topic: string, partition: number): PartitionMetadata {
  const known = topicIn(on, topic)?.partitionMetadata ?? []
  const found = known.find(({ partitionId }) => partitionId === partition)
  if (found === undefined) throw unknownPartition(topic, partition, known.length)
  return found
}

function leaderless(topic: string, partitions: readonly number[]): FreshetError {
  const names = partitions.map((partition) => `${topic}/${partition}`).join(', ')
  return new FreshetError(
    'broker.unavailable',
    `${names}: no broker leads the partition now. Start a broker that holds it.`,
  )
}

function unknownPartition(topic: string, partition: number, count: number): FreshetError {
  return new FreshetError(
    'topic.mismatch',
    `Topic ${topic} has ${count} partitions; partition ${partition} does not exist.`,
  )
}
