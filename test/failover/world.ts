import { CHANGES_TOPIC } from '@freshet/events'
import { startCluster, type LocalCluster } from '@freshet/local-kafka'
import { startPostgres, type LocalPostgres } from '@freshet/local-postgres'
import { Kafka, logLevel, type ITopicMetadata } from 'kafkajs'
import { until } from '../../packages/cli/src/demo/until.ts'
import { startReplicated, type TestStack } from '../e2e/test-stack.ts'

const IN_SYNC_WITHIN_MS = 60_000
const SETTINGS = { 'offsets.topic.replication.factor': '3' }

/** A stack on three brokers and a database server of its own, which a test ends and starts again. */
export interface FailoverWorld extends AsyncDisposable {
  readonly stack: TestStack
  readonly cluster: LocalCluster
  readonly postgres: LocalPostgres
  /** The node that leads the control partition of the changes. */
  leader(): Promise<number>
  /** The node that leads the controllers. */
  controller(): Promise<number>
  /** Resolves when all three brokers hold every record of every partition. */
  untilInSync(): Promise<void>
  /** Resolves when another node leads the control partition. */
  untilMoved(from: number): Promise<void>
}

/** Each topic has three replicas, of which two must hold a record, as in production. */
export async function startWorld(): Promise<FailoverWorld> {
  const endings: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const end of endings.splice(0).toReversed()) await end()
  }
  try {
    return await assemble(endings, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

async function assemble(
  endings: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<FailoverWorld> {
  const cluster = await startCluster({ settings: SETTINGS })
  endings.push(() => cluster.stop())
  const postgres = await startPostgres()
  endings.push(() => postgres.stop())
  const stores = { brokers: cluster.brokers, databaseUrl: postgres.url }
  const stack = await startReplicated(stores)
  endings.push(() => stack.stop())
  const { topics, close } = outsider(cluster.brokers)
  endings.push(close)
  const leader = async (): Promise<number> => {
    const partitions = (await topics()).find(({ name }) => name === CHANGES_TOPIC)?.partitions
    return partitions?.find(({ partitionId }) => partitionId === 0)?.leader ?? -1
  }
  return {
    stack,
    cluster,
    postgres,
    leader,
    controller: () => controllerOf(cluster),
    async untilInSync() {
      await until('every broker in sync', IN_SYNC_WITHIN_MS, async () => {
        const partitions = (await topics()).flatMap((topic) => topic.partitions)
        return partitions.every(({ isr }) => isr.length === 3) ? true : undefined
      })
    },
    async untilMoved(from) {
      await until('another leader', IN_SYNC_WITHIN_MS, async () => {
        const now = await leader()
        return now >= 0 && now !== from ? now : undefined
      })
    },
    [Symbol.asyncDispose]: stop,
  }
}

/** What a client that is not ours sees of the topics. */
function outsider(brokers: readonly string[]) {
  const client = new Kafka({
    brokers: [...brokers],
    clientId: 'witness',
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  })
  const admin = client.admin()
  const topics = async (): Promise<readonly ITopicMetadata[]> => {
    await admin.connect()
    return (await admin.fetchTopicMetadata()).topics
  }
  return { topics, close: () => admin.disconnect() }
}

async function controllerOf(cluster: LocalCluster): Promise<number> {
  const at = ['--bootstrap-server', cluster.brokers.join(',')]
  const tool = 'org.apache.kafka.tools.MetadataQuorumCommand'
  const { stdout } = await cluster.node(1).javaTool(tool, [...at, 'describe', '--status'])
  return Number(/LeaderId:\s+(\d+)/.exec(stdout)?.[1])
}
