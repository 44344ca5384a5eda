import { BATCH_BYTES_MAX, FreshetError, PARTITIONS } from '@freshet/protocol'
import { CHANGES_TOPIC, REVOCATIONS_TOPIC } from '@freshet/wire'
import type { FoundTopic } from './topic-differences.ts'
import type { KafkaTopics } from './topics.ts'

/** A setting that a topic must have before a service can rely on it. Other values that fit are accepted. */
interface Requirement {
  readonly setting: string
  readonly fits: (value: string) => boolean
  /** The value to set, in Kafka's form. */
  readonly set: string
  readonly because: string
}

/** A batch of records with its head, and spare room, as `infra/topics.yaml` plans it. */
const MESSAGE_BYTES_MIN = 2 * BATCH_BYTES_MAX
const FOR_EVER = -1

const ofEach: readonly Requirement[] = [
  {
    setting: 'cleanup.policy',
    fits: (value) => !value.includes('compact'),
    set: 'delete',
    because: 'compaction removes records that positions and checkpoints name',
  },
  {
    setting: 'message.timestamp.type',
    fits: (value) => value === 'LogAppendTime',
    set: 'LogAppendTime',
    because: 'a writer would choose the time of a record',
  },
  {
    setting: 'compression.type',
    // The broker compresses batches again by the codec that the topic names. Every reader reads gzip.
    fits: (value) => value === 'uncompressed' || value === 'gzip',
    set: 'uncompressed',
    because: 'a writer could choose a codec that no reader reads',
  },
  {
    setting: 'max.message.bytes',
    fits: (value) => Number(value) >= MESSAGE_BYTES_MIN,
    set: String(MESSAGE_BYTES_MIN),
    because: 'the broker would refuse the largest batches',
  },
]

/** The time for which topics must keep records. */
export interface Kept {
  /** The age of the oldest record that a starting edge reads: the base is older than every living token. */
  readonly revocationsMs: number
}

function ofRevocations({ revocationsMs }: Kept): Requirement {
  return {
    setting: 'retention.ms',
    fits: (value) => Number(value) === FOR_EVER || Number(value) >= revocationsMs,
    set: String(revocationsMs),
    because: 'an edge that starts would not find its base',
  }
}

/**
 * Checks the topics when a service starts. The topics of changes and of revocations must exist, with the
 * partitions and settings that correctness depends on. `freshet topic verify` compares everything that is
 * planned.
 *
 * @throws `topic.mismatch` naming everything that must change, and how; `broker.unavailable`
 */
export async function requireTopics(
  topics: Pick<KafkaTopics, 'describe'>,
  kept: Kept,
): Promise<void> {
  const names = [CHANGES_TOPIC, REVOCATIONS_TOPIC]
  const found = new Map((await topics.describe(names)).map((topic) => [topic.name, topic]))
  const problems = [
    ...problemsOf(CHANGES_TOPIC, found, ofEach),
    ...problemsOf(REVOCATIONS_TOPIC, found, [...ofEach, ofRevocations(kept)]),
  ]
  if (problems.length === 0) return
  const text = `These topics cannot be used. ${problems.join('; ')}.`
  throw new FreshetError('topic.mismatch', text)
}

function problemsOf(
  name: string,
  found: ReadonlyMap<string, FoundTopic>,
  requirements: readonly Requirement[],
): readonly string[] {
  const topic = found.get(name)
  if (topic === undefined) return [`${name} is missing: run \`freshet topic apply\``]
  const count = PARTITIONS.length
  const counted = topic.partitions === count ? [] : [countText(topic, count)]
  const settings = requirements.flatMap(({ setting, fits, set, because }) => {
    const value = topic.config[setting] ?? 'unset'
    if (fits(value)) return []
    return [`${name}: ${setting} is ${value}; set ${setting}=${set}, because ${because}`]
  })
  return [...counted, ...settings]
}

function countText({ name, partitions }: FoundTopic, count: number): string {
  return `${name} has ${partitions} partitions: make it anew with ${count}`
}
