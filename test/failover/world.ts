import { startCluster, type LocalCluster } from '@freshet/local-kafka'
import { startPostgres, type LocalPostgres } from '@freshet/local-postgres'
import { startReplicated, type TestStack } from '../e2e/test-stack.ts'
import { clusterView, type ClusterView } from './cluster-view.ts'

const SETTINGS = { 'offsets.topic.replication.factor': '3' }

/** A stack on three brokers and a database server of its own, which a test ends and starts again. */
export interface FailoverWorld extends AsyncDisposable, ClusterView {
  readonly stack: TestStack
  readonly cluster: LocalCluster
  readonly postgres: LocalPostgres
  /** The nodes that a fault has ended. */
  readonly ended: Set<number>
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
  return {
    stack,
    cluster,
    postgres,
    ended: new Set(),
    ...clusterView(cluster),
    [Symbol.asyncDispose]: stop,
  }
}
