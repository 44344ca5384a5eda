import { setTimeout as sleep } from 'node:timers/promises'
import { logCreator, commonSettings } from '../client/cluster-settings.ts'
import { kafkajs, errorOfCode } from '../client/internals.ts'
import type { SessionOpener, BrokerSession } from '../client/session.ts'
import type { KafkaOptions } from '../client/settings.ts'
import { socketGroup } from '../client/sockets.ts'
import { toBrokerError } from '../errors/classify.ts'
import type { ClientTrouble } from '../errors/client-trouble.ts'
import type { TopicMetadata } from '../protocol/cluster-metadata.ts'
import { readMetadata } from '../protocol/metadata.ts'
import { type AclRole, planAcls, type AclOperation, type AclRule } from './acl-plan.ts'
import { differencesOf, type FoundTopic, type TopicDifference } from './topic-differences.ts'
import type { TopicPlan } from './topic-plan.ts'
import { readTopicRights, type TopicRights } from './topic-rights.ts'

/** The number by which kafkajs names a topic among the resources that have a configuration. */
const TOPIC_RESOURCE = 2
/** The broker's code for a missing topic, or for one that this client is not allowed to list. */
const UNKNOWN_TOPIC = 3

/**
 * Returns the topics of these names that exist, from the brokers. A partition without a leader hides nothing.
 *
 * @throws `broker.denied` naming the topic; `broker.unavailable`
 */
async function describeTopics(
  { cluster }: BrokerSession,
  names: readonly string[],
  trouble: ClientTrouble,
): Promise<readonly FoundTopic[]> {
  await cluster.connect()
  await cluster.refreshMetadata()
  const broker = await cluster.brokerPool.findConnectedBroker()
  const { topicMetadata } = await readMetadata(broker, names)
  for (const { topic, topicErrorCode } of topicMetadata.filter(isRefused))
    throw trouble.classify(errorOfCode(topicErrorCode), `Verify ${topic}`)
  const found = topicMetadata.filter(({ topicErrorCode }) => topicErrorCode === 0)
  if (found.length === 0) return []
  const present = found.map(({ topic }) => topic)
  const resources = present.map((name) => ({ type: TOPIC_RESOURCE, name }))
  const answer = await broker.describeConfigs({ resources }).catch((error: unknown) => {
    throw trouble.classify(error, `Verify ${present.join(', ')}`)
  })
  const configs = new Map(
    answer.resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(
        configEntries.map(({ configName, configValue }) => [configName, configValue]),
      ),
    ]),
  )
  return found.map(({ topic, partitionMetadata }) => ({
    name: topic,
    partitions: partitionMetadata.length,
    replication: partitionMetadata[0]?.replicas.length ?? 0,
    config: configs.get(topic) ?? {},
  }))
}

function isRefused({ topicErrorCode }: TopicMetadata): boolean {
  return topicErrorCode !== 0 && topicErrorCode !== UNKNOWN_TOPIC
}

type Admin = import('kafkajs').Admin

const CREATE_TIMEOUT_MS = 15_000
const CREATE_POLL_MS = 50
const WARN_LEVEL = 2

/** The operations of an operator on topics. Each call opens connections and closes them. */
export interface KafkaTopics {
  /**
   * Creates the missing topics, leaves existing ones unchanged, then verifies. Two runs at once are safe.
   *
   * @throws `broker.unavailable`
   */
  apply(plans: readonly TopicPlan[]): Promise<readonly TopicDifference[]>
  /**
   * Returns every difference between plan and broker. An empty list means that the topics are as planned.
   *
   * @throws `broker.unavailable`
   */
  verify(plans: readonly TopicPlan[]): Promise<readonly TopicDifference[]>
  /**
   * Returns the topics of these names that exist, with their settings.
   *
   * @throws `broker.unavailable`, `broker.denied`
   */
  describe(names: readonly string[]): Promise<readonly FoundTopic[]>
  /**
   * Returns the operations that `planAcls` names for a role and that this client is not allowed. A topic that
   * is missing or hidden lacks all of them. An empty list means that the role can work.
   *
   * @throws `broker.unavailable`, and `broker.*` if the login fails
   */
  missingRights(role: AclRole): Promise<readonly MissingRights[]>
  /** Deletes topics with all their records. */
  remove(names: readonly string[]): Promise<void>
  /** Deletes the records of one partition before an offset, as retention would. */
  dropBefore(topic: string, partition: number, offset: bigint): Promise<void>
}

/** Topic administration through kafkajs's admin client. */
export function kafkaTopics(options: KafkaOptions, open: SessionOpener): KafkaTopics {
  const { trouble } = open
  const run = <T>(attempt: string, work: (admin: Admin) => Promise<T>): Promise<T> =>
    withAdmin({ options, trouble }, attempt, work)
  return {
    apply: (plans) =>
      run('Create topics', async (admin) => {
        const found = await describe(open, namesOf(plans))
        await createMissing(admin, missingIn(found, plans), trouble)
        return differencesOf(plans, await describe(open, namesOf(plans)))
      }),
    verify: async (plans) => differencesOf(plans, await describe(open, namesOf(plans))),
    describe: (names) => describe(open, names),
    missingRights: (role) => rightsMissing(open, role),
    remove: (names) =>
      run('Delete topics', async (admin) => {
        await admin.deleteTopics({ topics: [...names], timeout: CREATE_TIMEOUT_MS })
      }),
    dropBefore: (topic, partition, offset) =>
      run(`Delete records of ${topic}/${partition}`, async (admin) => {
        const partitions = [{ partition, offset: offset.toString() }]
        // The library sends the deletion to the leaders, but does not itself load them.
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
  const { Kafka } = kafkajs()
  const client = new Kafka({
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

/** Returns the topics of these names from the brokers. */
async function describe(
  open: SessionOpener,
  names: readonly string[],
): Promise<readonly FoundTopic[]> {
  const attempt = 'Verify topics'
  const session = open()
  try {
    const found = await describeTopics(session, names, open.trouble)
    open.trouble.succeeded(attempt)
    return found
  } catch (error) {
    throw open.trouble.classify(error, attempt)
  } finally {
    await session.close()
  }
}

async function rightsMissing(
  open: SessionOpener,
  role: AclRole,
): Promise<readonly MissingRights[]> {
  const attempt = `Read the rights of the role ${role}`
  const session = open()
  try {
    await session.cluster.connect()
    await session.cluster.refreshMetadata()
    const broker = await session.cluster.brokerPool.findConnectedBroker()
    const rights = await readTopicRights(broker, topicsOfRole(role))
    open.trouble.succeeded(attempt)
    return missingRights(role, rights)
  } catch (error) {
    throw open.trouble.classify(error, attempt)
  } finally {
    await session.close()
  }
}

function namesOf(plans: readonly TopicPlan[]): readonly string[] {
  return plans.map(({ name }) => name)
}

function missingIn(
  found: readonly FoundTopic[],
  plans: readonly TopicPlan[],
): readonly TopicPlan[] {
  const present = new Set(found.map(({ name }) => name))
  return plans.filter(({ name }) => !present.has(name))
}

async function createMissing(
  admin: Admin,
  plans: readonly TopicPlan[],
  trouble: ClientTrouble,
): Promise<void> {
  const topics = plans.map((plan) => ({
    topic: plan.name,
    numPartitions: plan.partitions,
    replicationFactor: plan.replication,
    configEntries: Object.entries(plan.config).map(([name, value]) => ({ name, value })),
  }))
  if (topics.length === 0) return
  const names = topics.map(({ topic }) => topic)
  // The result is false if another process created them in the meantime. That is no error.
  await admin
    .createTopics({ topics, waitForLeaders: false, timeout: CREATE_TIMEOUT_MS })
    .catch((error: unknown) => {
      throw trouble.classify(error, `Create ${names.join(', ')}`)
    })
  await untilServed(admin, names)
}

/**
 * Waits until the leaders of the new topics answer. The metadata names a leader before it serves. The
 * library's own wait fails if a broker does not know a topic yet.
 */
async function untilServed(admin: Admin, names: readonly string[]): Promise<void> {
  const deadline = performance.now() + CREATE_TIMEOUT_MS
  for (;;) {
    try {
      await admin.fetchTopicMetadata({ topics: [...names] })
      for (const name of names) await admin.fetchTopicOffsets(name)
      return
    } catch (error) {
      const isNotYet = toBrokerError(error, 'Create topics').code === 'broker.unavailable'
      if (!isNotYet || performance.now() > deadline) throw error
      await sleep(CREATE_POLL_MS)
    }
  }
}

/** Operations on a topic that a role needs and its client is not allowed. */
export interface MissingRights {
  readonly topic: string
  readonly operations: readonly AclOperation[]
}

/** Returns the topics on which a role has rights of its own: those of the plan without a prefix. */
export function topicsOfRole(role: AclRole): readonly string[] {
  return rulesOf(role).map(({ topic }) => topic)
}

/** Returns the operations of the plan that a client of this role is not allowed. */
export function missingRights(role: AclRole, rights: TopicRights): readonly MissingRights[] {
  return rulesOf(role).flatMap(({ topic, operations }) => {
    const allowed = rights.get(topic)
    const missing = operations.filter((operation) => allowed?.has(operation) !== true)
    return missing.length === 0 ? [] : [{ topic, operations: missing }]
  })
}

function rulesOf(role: AclRole): readonly AclRule[] {
  return planAcls(new Map(), [role]).filter(({ pattern }) => pattern === 'literal')
}
