import { freePorts } from '@freshet/owned-dir'
import { startKafka, type LocalKafka, type StartOptions } from './local-kafka.ts'
import { newClusterId, type NodePorts } from './node-config.ts'

/** Options of starting a cluster. */
export interface ClusterOptions extends Pick<
  StartOptions,
  'dir' | 'signal' | 'settings' | 'listeners' | 'users'
> {
  /** The number of combined nodes. Default: 3. */
  readonly nodes?: number
}

/** Several brokers on loopback, each a process of its own. */
export interface LocalCluster {
  readonly brokers: readonly string[]
  /** The addresses of the further listeners of all nodes, by commas, by name. */
  readonly listeners: Readonly<Record<string, string>>
  /** Returns the broker with a node id. The first node has id 1. */
  readonly node: (id: number) => LocalKafka
  /** Ends all brokers and removes their folders. */
  stop(): Promise<void>
}

/**
 * Starts a cluster of combined nodes (KRaft, each node a voter) and resolves when every node answers requests.
 * A node is killed, ended and started again by its own handle.
 *
 * @throws Error with the tail of a broker's log when it does not come up; the others are stopped then
 */
export async function startCluster(options: ClusterOptions = {}): Promise<LocalCluster> {
  const { nodes: count = 3, ...shared } = options
  const ports = await freePorts(2 * count)
  const members = Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    ports: { broker: ports[2 * index] ?? 0, controller: ports[2 * index + 1] ?? 0 },
  }))
  const clusterId = newClusterId()
  const started = await Promise.allSettled(
    members.map(({ id, ports: own }) =>
      startKafka({
        ...shared,
        member: { clusterId, ports: own },
        settings: { ...memberSettings(id, members), ...shared.settings },
      }),
    ),
  )
  const running = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((each) => each.stop()))
  }
  const failed = started.find((each) => each.status === 'rejected')
  if (failed !== undefined) {
    await stop()
    throw failed.reason
  }
  const node = (id: number): LocalKafka => {
    const found = running[id - 1]
    if (found === undefined) throw new Error(`The cluster has no node ${id}.`)
    return found
  }
  const listeners = Object.keys(options.listeners ?? {}).map((name) => [
    name,
    running.map((each) => each.listeners[name]).join(','),
  ])
  return {
    brokers: running.flatMap(({ brokers }) => brokers),
    listeners: Object.fromEntries(listeners) as Readonly<Record<string, string>>,
    node,
    stop,
  }
}

function memberSettings(
  id: number,
  members: readonly { readonly id: number; readonly ports: NodePorts }[],
): Readonly<Record<string, string>> {
  const voters = members.map(({ id: voter, ports }) => `${voter}@127.0.0.1:${ports.controller}`)
  return { 'node.id': String(id), 'controller.quorum.voters': voters.join(',') }
}
