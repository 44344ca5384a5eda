import { describe, expect, it, test } from 'vitest'
import type { BrokerHandle, ClusterHandle } from './internals.ts'
import { groupedByLeader, leaderOf, loadTopic, partitionsOf, requireLeaders } from './leaders.ts'
import type { Metadata } from '../protocol/cluster-metadata.ts'

const NONE = -1
const LEADER_NOT_AVAILABLE = 5
const UNKNOWN_TOPIC = 3
const TOPIC = 'changes'

function metadataOf(leaders: readonly number[], topicErrorCode = 0): Metadata {
  const partitionMetadata = leaders.map((leader, partitionId) => ({
    partitionErrorCode: leader === NONE ? LEADER_NOT_AVAILABLE : 0,
    partitionId,
    leader,
    replicas: [],
  }))
  const topicMetadata = [{ topicErrorCode, topic: TOPIC, partitionMetadata }]
  return { brokers: [], clusterId: '', controllerId: 1, topicMetadata }
}

/** Returns a cluster whose metadata is the first of these answers, and after each refresh the next one. */
function clusterOf(...answers: readonly (Metadata | null)[]): {
  readonly cluster: ClusterHandle
  readonly refreshes: () => number
} {
  let refreshes = 0
  const cluster = {
    get brokerPool() {
      return { metadata: answers[Math.min(refreshes, answers.length - 1)] ?? null }
    },
    connect: () => Promise.resolve(),
    addTargetTopic: () => Promise.resolve(),
    refreshMetadata: () => Promise.resolve(void (refreshes += 1)),
    findBroker: ({ nodeId }: { nodeId: number }) => Promise.resolve(nodeId),
  }
  return { cluster: cluster as unknown as ClusterHandle, refreshes: () => refreshes }
}

const nobody = (): boolean => false

describe('loading a topic', () => {
  it('asks once more where a shared refresh did not ask for it', async () => {
    const { cluster, refreshes } = clusterOf(null, metadataOf([1]))
    await loadTopic({ cluster }, TOPIC)
    expect(partitionsOf({ cluster }, TOPIC)).toEqual([0])
    expect(refreshes()).toBe(1)
  })

  it('does not ask again where it is known, also without all leaders', async () => {
    const { cluster, refreshes } = clusterOf(metadataOf([1, NONE]))
    await loadTopic({ cluster }, TOPIC)
    expect(refreshes()).toBe(0)
  })

  it('throws the error of the topic', async () => {
    const { cluster } = clusterOf(metadataOf([], UNKNOWN_TOPIC))
    const type = 'UNKNOWN_TOPIC_OR_PARTITION'
    await expect(loadTopic({ cluster }, TOPIC)).rejects.toMatchObject({ type })
  })
})

describe('a partition without a leader', () => {
  const broken = metadataOf([1, NONE, 1, NONE])

  it('fails its own questions, by an error that names it', async () => {
    const { cluster } = clusterOf(broken)
    expect(await leaderOf({ cluster, isSilent: nobody }, TOPIC, 0)).toBe(
      1 as unknown as BrokerHandle,
    )
    await expect(leaderOf({ cluster, isSilent: nobody }, TOPIC, 1)).rejects.toMatchObject({
      code: 'broker.unavailable',
      message: 'changes/1: no broker leads the partition now. Start a broker that holds it.',
    })
    await requireLeaders({ cluster, isSilent: nobody }, TOPIC, [0, 2])
    const all = requireLeaders({ cluster, isSilent: nobody }, TOPIC, [0, 1, 2, 3])
    await expect(all).rejects.toThrow('changes/1, changes/3: no broker')
  })

  it('is asked for once more, and has the leader that it got meanwhile', async () => {
    const { cluster, refreshes } = clusterOf(broken, metadataOf([1, 2, 1, 2]))
    expect(await leaderOf({ cluster, isSilent: nobody }, TOPIC, 1)).toBe(
      2 as unknown as BrokerHandle,
    )
    expect(refreshes()).toBe(1)
  })

  it('stands in a group of its own', () => {
    const { cluster } = clusterOf(broken)
    expect(groupedByLeader({ cluster }, TOPIC, [0, 1, 2, 3])).toEqual([[0, 2], [1], [3]])
  })
})

test('a partition that the topic lacks is a topic mismatch', async () => {
  const { cluster } = clusterOf(metadataOf([1]))
  const code = 'topic.mismatch'
  await expect(leaderOf({ cluster, isSilent: nobody }, TOPIC, 1)).rejects.toMatchObject({ code })
})

describe('a leader that cannot be reached', () => {
  const cause = Object.assign(new Error('refused'), { name: 'KafkaJSConnectionError' })
  /** Loads the leaders again after a failed connection, as kafkajs does. */
  const withoutNode1 = (...answers: readonly Metadata[]): ClusterHandle => {
    const { cluster } = clusterOf(...answers)
    const findBroker = async ({ nodeId }: { nodeId: number }): Promise<unknown> => {
      if (nodeId !== 1) return nodeId
      await cluster.refreshMetadata()
      throw cause
    }
    return Object.defineProperty(cluster, 'findBroker', { value: findBroker })
  }

  it('is named with its partition, and the cause is kept', async () => {
    const cluster = withoutNode1(metadataOf([1]))
    await expect(leaderOf({ cluster, isSilent: nobody }, TOPIC, 0)).rejects.toMatchObject({
      name: 'LeaderUnreachable',
      message: 'there is no connection to the leader of changes/0',
      cause,
    })
  })

  it('is replaced by the one that leads by then', async () => {
    const cluster = withoutNode1(metadataOf([1]), metadataOf([2]))
    expect(await leaderOf({ cluster, isSilent: nobody }, TOPIC, 0)).toBe(
      2 as unknown as BrokerHandle,
    )
  })

  it('is not replaced by one that is silent, or by none', async () => {
    for (const next of [3, NONE]) {
      const cluster = withoutNode1(metadataOf([1]), metadataOf([next]))
      const isSilent = (nodeId: number): boolean => nodeId === 3
      await expect(leaderOf({ cluster, isSilent }, TOPIC, 0)).rejects.toMatchObject({ cause })
    }
  })
})

describe('a leader that lately did not answer in time', () => {
  const isSilent = (nodeId: number): boolean => nodeId === 1

  it('is not asked where another one leads by now', async () => {
    const { cluster, refreshes } = clusterOf(metadataOf([1]), metadataOf([2]))
    expect(await leaderOf({ cluster, isSilent }, TOPIC, 0)).toBe(2 as unknown as BrokerHandle)
    expect(refreshes()).toBe(1)
  })

  it('makes its partition unreachable at once while it leads', async () => {
    const { cluster } = clusterOf(metadataOf([1]))
    await expect(leaderOf({ cluster, isSilent }, TOPIC, 0)).rejects.toThrow('no connection')
    const several = requireLeaders(
      { cluster: clusterOf(metadataOf([2, 1])).cluster, isSilent },
      TOPIC,
      [0, 1],
    )
    await expect(several).rejects.toThrow('no connection to the leader of changes/1')
  })
})
