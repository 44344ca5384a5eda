import { FreshetError } from '@freshet/protocol'
import { LeaderUnreachable } from '../errors/leader-unreachable.ts'
import { errorOfCode, type BrokerHandle } from './internals.ts'
import type { PartitionMetadata } from '../protocol/cluster-metadata.ts'
import type { BrokerSession } from './session.ts'

type OnCluster = Pick<BrokerSession, 'cluster'>
type OnSession = Pick<BrokerSession, 'cluster' | 'isSilent'>

/**
 * Connects, if necessary, and loads the leaders of the partitions of a topic.
 *
 * kafkajs lets callers share a metadata refresh in flight. That refresh can have begun before this topic was
 * one of its targets. The function then requests another refresh.
 *
 * @throws the error of the topic, if it is missing or this client is not allowed to read it
 */
export async function loadTopic({ cluster }: OnCluster, topic: string): Promise<void> {
  await cluster.connect()
  await cluster.addTargetTopic(topic)
  if (partitionsOf({ cluster }, topic).length === 0) await cluster.refreshMetadata()
  const errorCode = topicIn({ cluster }, topic)?.topicErrorCode ?? 0
  if (errorCode !== 0) throw errorOfCode(errorCode)
}

/** Returns the partitions of a loaded topic, by number. */
export function partitionsOf(on: OnCluster, topic: string): readonly number[] {
  const known = topicIn(on, topic)?.partitionMetadata ?? []
  return known.map(({ partitionId }) => partitionId).toSorted((a, b) => a - b)
}

/** Groups partitions of a loaded topic by leader. Each partition without a leader is a group of its own. */
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
 * Returns the broker that leads one partition of a loaded topic. kafkajs loads the leaders again if it cannot
 * connect to one. Another broker that leads by then is returned in its place.
 *
 * @throws `broker.unavailable` if the partition has no leader; `LeaderUnreachable`; `topic.mismatch` if the
 *   partition does not exist
 */
export async function leaderOf(
  session: OnSession,
  topic: string,
  partition: number,
): Promise<BrokerHandle> {
  await requireLeaders(session, topic, [partition])
  const leader = (): number => partitionIn(session, topic, partition).leader
  const first = leader()
  try {
    return await session.cluster.findBroker({ nodeId: first })
  } catch (cause) {
    const next = leader()
    if (next < 0 || next === first || session.isSilent(next))
      throw new LeaderUnreachable(topic, partition, cause)
    return await session.cluster.findBroker({ nodeId: next }).catch((after: unknown) => {
      throw new LeaderUnreachable(topic, partition, after)
    })
  }
}

/**
 * Throws unless each of these partitions has a leader that can be asked. If a partition has no leader, or a
 * silent one, it refreshes the metadata once: another broker can lead by now. A silent leader recently did
 * not answer in time.
 *
 * @throws `broker.unavailable` naming the partitions without a leader; `LeaderUnreachable` if a leader is
 *   silent
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
