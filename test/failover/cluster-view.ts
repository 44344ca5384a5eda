import { CHANGES_TOPIC } from '@freshet/wire'
import type { LocalCluster } from '@freshet/local-kafka'
import { until } from '../../packages/cli/src/demo/until.ts'

const NODES = 3
const IN_SYNC_WITHIN_MS = 120_000

/** The state of a cluster, as Kafka's own tools report it. */
export interface ClusterView {
  /** Returns the node that leads the control partition of the changes. It does not ask the node `unlike`. */
  leader(unlike?: number): Promise<number>
  /** Returns the node that leads the controllers. */
  controller(): Promise<number>
  /** Resolves when all three brokers hold every record of every partition. */
  untilInSync(): Promise<void>
  /** Resolves when another node leads the control partition. */
  untilMoved(from: number): Promise<void>
}

/** Returns the view of a cluster of three nodes. */
export function clusterView(cluster: LocalCluster): ClusterView {
  const leader = async (unlike?: number): Promise<number> => {
    const partitions = await partitionsOf(cluster, unlike)
    const control = partitions.find((each) => each.topic === CHANGES_TOPIC && each.partition === 0)
    return control?.leader ?? -1
  }
  return {
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
  const addresses = cluster.brokers.filter((_, at) => at + 1 !== unlike)
  const at = ['--bootstrap-server', addresses.join(',')]
  return cluster.node(1).javaTool(`org.apache.kafka.tools.${tool}`, [...at, ...args])
}

async function controllerOf(cluster: LocalCluster): Promise<number> {
  const { stdout } = await ask(cluster, 'MetadataQuorumCommand', ['describe', '--status'])
  return Number(/LeaderId:\s+(\d+)/.exec(stdout)?.[1])
}
