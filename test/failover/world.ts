import { CHANGES_TOPIC } from '@freshet/wire'
import { startCluster, type LocalCluster } from '@freshet/local-kafka'
import { startPostgres, type LocalPostgres } from '@freshet/local-postgres'
import { until } from '../../packages/cli/src/demo/until.ts'
import { startReplicated, type TestStack } from '../e2e/test-stack.ts'

const NODES = 3
const IN_SYNC_WITHIN_MS = 120_000
const SETTINGS = { 'offsets.topic.replication.factor': '3' }

/** A stack on three brokers and a database server of its own, which a test ends and starts again. */
export interface FailoverWorld extends AsyncDisposable {
  readonly stack: TestStack
  readonly cluster: LocalCluster
  readonly postgres: LocalPostgres
  /** The nodes that a fault has ended. */
  readonly ended: Set<number>
  /** Returns the node that leads the control partition of the changes. It does not ask the node `unlike`. */
  leader(unlike?: number): Promise<number>
  /** Returns the node that leads the controllers. */
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
  const leader = async (unlike?: number): Promise<number> => {
    const partitions = await partitionsOf(cluster, unlike)
    const control = partitions.find((each) => each.topic === CHANGES_TOPIC && each.partition === 0)
    return control?.leader ?? -1
  }
  return {
    stack,
    cluster,
    postgres,
    ended: new Set(),
    leader,
    controller: () => controllerOf(cluster),
    async untilInSync() {
      await until('every broker in sync', IN_SYNC_WITHIN_MS, async () => {
        const partitions = await partitionsOf(cluster)
        const isAll = partitions.length > 0 && partitions.every(({ inSync }) => inSync === NODES)
        return isAll ? true : undefined
      })
    },
    async untilMoved(from) {
      await until('another leader', IN_SYNC_WITHIN_MS, async () => {
        const now = await leader(from)
        return now >= 0 && now !== from ? now : undefined
      })
    },
    [Symbol.asyncDispose]: stop,
  }
}

interface SeenPartition {
  readonly topic: string
  readonly partition: number
  readonly leader: number
  readonly inSync: number
}

/**
 * Returns the answer of Kafka's own tool about all partitions. A leader of -1: none. The tool does not ask
 * the node `unlike`.
 */
async function partitionsOf(
  cluster: LocalCluster,
  unlike?: number,
): Promise<readonly SeenPartition[]> {
  const { stdout } = await ask(cluster, 'TopicCommand', ['--describe'], unlike)
  const lines = stdout.matchAll(
    /Topic: (\S+)\s+Partition: (\d+)\s+Leader: (\S+)\s+Replicas: \S+\s+Isr: (\S*)/g,
  )
  return [...lines].map(([, topic = '', partition, leader, isr = '']) => ({
    topic,
    partition: Number(partition),
    leader: leader === 'none' ? -1 : Number(leader),
    inSync: isr.split(',').filter((id) => id !== '').length,
  }))
}

function ask(cluster: LocalCluster, tool: string, args: readonly string[], unlike?: number) {
  const asked = cluster.brokers.filter((_, at) => at + 1 !== unlike)
  const at = ['--bootstrap-server', asked.join(',')]
  return cluster.node(1).javaTool(`org.apache.kafka.tools.${tool}`, [...at, ...args])
}

async function controllerOf(cluster: LocalCluster): Promise<number> {
  const { stdout } = await ask(cluster, 'MetadataQuorumCommand', ['describe', '--status'])
  return Number(/LeaderId:\s+(\d+)/.exec(stdout)?.[1])
}
