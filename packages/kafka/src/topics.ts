import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientTrouble } from './client-trouble.ts'
import { toFreshetError } from './classify.ts'
import { logCreator, commonSettings } from './cluster-settings.ts'
import { kafkajs } from './internals.ts'
import type { KafkaOptions } from './settings.ts'
import { socketGroup } from './sockets.ts'
import { differencesOf, type FoundTopic, type TopicDifference } from './topic-differences.ts'
import type { TopicPlan } from './topic-plan.ts'

type Admin = ReturnType<InstanceType<typeof kafkajs.Kafka>['admin']>

const CREATE_TIMEOUT_MS = 15_000
const CREATE_POLL_MS = 50
const WARN_LEVEL = 2
/** kafkajs's number for a topic among the things that have a configuration. */
const TOPIC_RESOURCE = 2

/** What an operator does to topics. Each call opens connections and closes them. */
export interface KafkaTopics {
  /**
   * Creates what is missing and leaves what exists alone, then verifies. Safe to run twice at once.
   *
   * @throws `broker.unavailable`
   */
  apply(plans: readonly TopicPlan[]): Promise<readonly TopicDifference[]>
  /**
   * Every difference between plan and broker; none means as planned.
   *
   * @throws `broker.unavailable`
   */
  verify(plans: readonly TopicPlan[]): Promise<readonly TopicDifference[]>
  /** Deletes topics with all that they hold. */
  remove(names: readonly string[]): Promise<void>
  /** Deletes the records of one partition before an offset, as retention would. */
  dropBefore(topic: string, partition: number, offset: bigint): Promise<void>
}

/** Topic administration through kafkajs's admin client. */
export function kafkaTopics(options: KafkaOptions, trouble: ClientTrouble): KafkaTopics {
  const run = <T>(attempt: string, work: (admin: Admin) => Promise<T>): Promise<T> =>
    withAdmin({ options, trouble }, attempt, work)
  return {
    apply: (plans) =>
      run('Create topics', async (admin) => {
        await createMissing(admin, plans, trouble)
        return differencesOf(plans, await describe(admin, plans, trouble))
      }),
    verify: (plans) =>
      run('Verify topics', async (admin) =>
        differencesOf(plans, await describe(admin, plans, trouble)),
      ),
    remove: (names) =>
      run('Delete topics', async (admin) => {
        await admin.deleteTopics({ topics: [...names], timeout: CREATE_TIMEOUT_MS })
      }),
    dropBefore: (topic, partition, offset) =>
      run(`Delete records of ${topic}/${partition}`, async (admin) => {
        const partitions = [{ partition, offset: offset.toString() }]
        // The library deletes by leader, but does not itself ask who leads.
        await admin.fetchTopicOffsets(topic)
        await admin.deleteTopicRecords({ topic, partitions })
      }),
  }
}

interface Used {
  readonly options: KafkaOptions
  readonly trouble: ClientTrouble
}

async function withAdmin<T>(
  { options, trouble }: Used,
  attempt: string,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const sockets = socketGroup(options)
  const client = new kafkajs.Kafka({
    ...commonSettings(options, sockets.open),
    brokers: [...options.brokers],
    logLevel: WARN_LEVEL,
    logCreator: logCreator(options.log),
  })
  const admin = client.admin()
  try {
    await admin.connect()
    const done = await work(admin)
    trouble.succeeded(attempt)
    return done
  } catch (error) {
    throw trouble.classify(error, attempt)
  } finally {
    await admin.disconnect().catch(() => {})
    sockets.cut()
  }
}

async function createMissing(
  admin: Admin,
  plans: readonly TopicPlan[],
  trouble: ClientTrouble,
): Promise<void> {
  const present = new Set(await admin.listTopics())
  const topics = plans
    .filter((plan) => !present.has(plan.name))
    .map((plan) => ({
      topic: plan.name,
      numPartitions: plan.partitions,
      replicationFactor: plan.replication,
      configEntries: Object.entries(plan.config).map(([name, value]) => ({ name, value })),
    }))
  if (topics.length === 0) return
  const names = topics.map(({ topic }) => topic)
  // Answers false when another process created them meanwhile, which is as good.
  await admin
    .createTopics({ topics, waitForLeaders: false, timeout: CREATE_TIMEOUT_MS })
    .catch((error: unknown) => {
      throw trouble.classify(error, `Create ${names.join(', ')}`)
    })
  await untilServed(admin, names)
}

/**
 * Waits until the leaders of the new topics answer. The metadata names a leader before it serves,
 * and the library's own wait takes a broker that has not heard of a topic yet for a failure.
 */
async function untilServed(admin: Admin, names: readonly string[]): Promise<void> {
  const deadline = performance.now() + CREATE_TIMEOUT_MS
  for (;;) {
    try {
      await admin.fetchTopicMetadata({ topics: [...names] })
      for (const name of names) await admin.fetchTopicOffsets(name)
      return
    } catch (error) {
      const isNotYet = toFreshetError(error, 'Create topics').code === 'broker.unavailable'
      if (!isNotYet || performance.now() > deadline) throw error
      await sleep(CREATE_POLL_MS)
    }
  }
}

async function describe(
  admin: Admin,
  plans: readonly TopicPlan[],
  trouble: ClientTrouble,
): Promise<readonly FoundTopic[]> {
  const present = new Set(await admin.listTopics())
  const isPresent = ({ name }: TopicPlan): boolean => present.has(name)
  const names = plans.filter(isPresent).map(({ name }) => name)
  for (const { name } of plans.filter((plan) => !isPresent(plan)))
    await requireMissing(admin, name, trouble)
  // For no name at all the library would describe every topic of the cluster.
  if (names.length === 0) return []
  const { topics } = await admin.fetchTopicMetadata({ topics: names })
  const configs = await configsOf(admin, names).catch((error: unknown) => {
    throw trouble.classify(error, `Verify ${names.join(', ')}`)
  })
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.length,
    replication: partitions[0]?.replicas.length ?? 0,
    config: configs.get(name) ?? {},
  }))
}

/** A list of topics leaves out those that this client may not see: asked for by name, they are denied. */
async function requireMissing(admin: Admin, name: string, trouble: ClientTrouble): Promise<void> {
  await admin.fetchTopicMetadata({ topics: [name] }).catch((error: unknown) => {
    const known = trouble.classify(error, `Verify ${name}`)
    if (known.code !== 'broker.unavailable') throw known
  })
}

async function configsOf(
  admin: Admin,
  names: readonly string[],
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const resources = names.map((name) => ({ type: TOPIC_RESOURCE, name }))
  const answer = await admin.describeConfigs({ resources, includeSynonyms: false })
  return new Map(
    answer.resources.map((resource) => [
      resource.resourceName,
      Object.fromEntries(
        resource.configEntries.map((entry) => [entry.configName, entry.configValue]),
      ),
    ]),
  )
}
