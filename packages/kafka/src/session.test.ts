import { expect, test } from 'vitest'
import type { ClusterHandle } from './internals.ts'
import { loadTopic } from './session.ts'

/** A cluster whose first refresh was asked for before the topic was a target. */
function clusterWith(knownAfterAdding: boolean): {
  readonly cluster: ClusterHandle
  readonly refreshes: () => number
} {
  let refreshes = 0
  const isKnown = (): boolean => knownAfterAdding || refreshes > 0
  const cluster = {
    connect: () => Promise.resolve(),
    addTargetTopic: () => Promise.resolve(),
    findTopicPartitionMetadata: () => (isKnown() ? [{ partitionId: 0, leader: 1 }] : []),
    refreshMetadata: () => Promise.resolve(void (refreshes += 1)),
  }
  return { cluster: cluster as unknown as ClusterHandle, refreshes: () => refreshes }
}

test('a topic that a shared refresh did not ask for is asked for once more', async () => {
  const { cluster, refreshes } = clusterWith(false)
  await loadTopic({ cluster }, 'changes')
  expect(cluster.findTopicPartitionMetadata('changes')).toHaveLength(1)
  expect(refreshes()).toBe(1)
})

test('a topic that is known is not asked for again', async () => {
  const { cluster, refreshes } = clusterWith(true)
  await loadTopic({ cluster }, 'changes')
  expect(refreshes()).toBe(0)
})
