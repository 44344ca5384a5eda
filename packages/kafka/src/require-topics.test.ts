import { describe, expect, it } from 'vitest'
import { requireTopics } from './require-topics.ts'
import { differencesOf, type FoundTopic } from './topic-differences.ts'

const settings = { 'cleanup.policy': 'delete', 'message.timestamp.type': 'LogAppendTime' }
const found = (name: string, more: Partial<FoundTopic> = {}): FoundTopic => ({
  name,
  partitions: 7,
  replication: 3,
  config: { ...settings, 'retention.ms': '1' },
  ...more,
})
const broker = (...topics: readonly FoundTopic[]) => ({
  verify: (plans: Parameters<typeof differencesOf>[0]) =>
    Promise.resolve(differencesOf(plans, topics)),
})
const changes = 'freshet.changes.v1'
const revocations = 'freshet.revocations.v1'

describe('what a service needs of the topics', () => {
  it('is there, whatever the replication and the retention', async () => {
    await requireTopics(broker(found(changes), found(revocations)))
  })

  it('a topic with the wrong partition count is named with both numbers', async () => {
    const wrong = requireTopics(broker(found(changes, { partitions: 6 }), found(revocations)))
    await expect(wrong).rejects.toMatchObject({
      code: 'topic.mismatch',
      message: `Topics are not as planned. ${changes}: partitions is 6, planned 7.`,
    })
  })

  it('topics with the wrong settings, or missing, are named together', async () => {
    const compacted = { ...settings, 'cleanup.policy': 'compact' }
    const wrong = requireTopics(broker(found(changes, { config: compacted })))
    await expect(wrong).rejects.toThrow(
      `${changes}: cleanup.policy is compact, planned delete; ${revocations}: topic is missing, planned present`,
    )
  })
})
