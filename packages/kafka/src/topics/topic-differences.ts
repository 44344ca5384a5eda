import type { TopicPlan } from './topic-plan.ts'

/** A topic of the broker. */
export interface FoundTopic {
  readonly name: string
  readonly partitions: number
  readonly replication: number
  readonly config: Readonly<Record<string, string>>
}

/** One setting of a topic that differs from the plan. */
export interface TopicDifference {
  readonly topic: string
  /** `topic` if it is missing; `partitions`, `replication`, or the name of a Kafka setting. */
  readonly setting: string
  readonly wanted: string
  readonly found: string
}

/**
 * Returns every difference between the plan and the topics of the broker. Topics outside the plan are
 * ignored.
 */
export function differencesOf(
  plans: readonly TopicPlan[],
  found: readonly FoundTopic[],
): readonly TopicDifference[] {
  const byName = new Map(found.map((topic) => [topic.name, topic]))
  return plans.flatMap((plan) => {
    const topic = byName.get(plan.name)
    if (topic) return settingDifferences(plan, topic)
    return [{ topic: plan.name, setting: 'topic', wanted: 'present', found: 'missing' }]
  })
}

function settingDifferences(plan: TopicPlan, topic: FoundTopic): readonly TopicDifference[] {
  return Object.entries(settingsOf(plan)).flatMap(([setting, wanted]) => {
    const found = settingsOf(topic)[setting] ?? 'unset'
    return found === wanted ? [] : [{ topic: plan.name, setting, wanted, found }]
  })
}

function settingsOf(topic: FoundTopic): Readonly<Record<string, string>> {
  const { partitions, replication, config } = topic
  return { partitions: String(partitions), replication: String(replication), ...config }
}
