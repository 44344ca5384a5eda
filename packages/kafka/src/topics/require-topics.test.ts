import { describe, expect, it } from 'vitest'
import { requireTopics } from './require-topics.ts'
import type { FoundTopic } from './topic-differences.ts'

const settings = {
  'cleanup.policy': 'delete',
  'message.timestamp.type': 'LogAppendTime',
  'compression.type': 'uncompressed',
  'max.message.bytes': '1048576',
  'retention.ms': '4200000',
}
const kept = { revocationsMs: 4_200_000 }
const found = (name: string, more: Partial<FoundTopic> = {}): FoundTopic => ({
  name,
  partitions: 7,
  replication: 3,
  config: settings,
  ...more,
})
const broker = (...topics: readonly FoundTopic[]) => ({ describe: () => Promise.resolve(topics) })
const changes = 'freshet.changes.v1'
const revocations = 'freshet.revocations.v1'
const withChanged = (name: string, change: Record<string, string>) => {
  const changed = found(name, { config: { ...settings, ...change } })
  const other = found(name === changes ? revocations : changes)
  return requireTopics(broker(changed, other), kept)
}

describe('what a service needs of the topics', () => {
  it('is there, whatever the replication', async () => {
    await requireTopics(broker(found(changes), found(revocations)), kept)
  })

  it.each([
    ['cleanup.policy', ''],
    ['compression.type', 'gzip'],
    ['max.message.bytes', '1048588'],
    ['retention.ms', '-1'],
    ['min.insync.replicas', '1'],
    ['segment.ms', '1'],
  ])('%s can be %j, which breaks nothing', async (setting, value) => {
    await withChanged(revocations, { [setting]: value })
  })

  it('a short retention of changes is nothing that stops a service', async () => {
    await withChanged(changes, { 'retention.ms': '1000' })
  })

  it.each([
    ['cleanup.policy', 'compact', 'delete'],
    ['cleanup.policy', 'compact,delete', 'delete'],
    ['message.timestamp.type', 'CreateTime', 'LogAppendTime'],
    ['compression.type', 'producer', 'uncompressed'],
    ['compression.type', 'zstd', 'uncompressed'],
    ['max.message.bytes', '1000', '1048576'],
    ['retention.ms', '4199999', '4200000'],
  ])('%s must not be %s: the error has the setting', async (setting, value, set) => {
    await expect(withChanged(revocations, { [setting]: value })).rejects.toMatchObject({
      code: 'topic.mismatch',
      message: expect.stringContaining(
        `${revocations}: ${setting} is ${value}; set ${setting}=${set}, because `,
      ),
    })
  })

  it('a setting that the broker does not name is refused', async () => {
    const unnamed = requireTopics(broker(found(changes, { config: {} }), found(revocations)), kept)
    await expect(unnamed).rejects.toThrow(`${changes}: compression.type is unset; set`)
  })

  it('a topic with the wrong partition count, and one that is missing, are named together', async () => {
    const wrong = requireTopics(broker(found(changes, { partitions: 6 })), kept)
    await expect(wrong).rejects.toThrow(
      `These topics cannot be used. ${changes} has 6 partitions: make it anew with 7; ${revocations} is missing: run \`freshet topic apply\`.`,
    )
  })
})
