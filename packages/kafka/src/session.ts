import type { ClientTrouble } from './client-trouble.ts'
import { clusterSettings } from './cluster-settings.ts'
import { apiKeys, Cluster, kafkajs, requests } from './internals.ts'
import type { ClusterHandle, NewBroker } from './internals.ts'
import { readMetadata, type Metadata } from './metadata.ts'
import type { KafkaOptions } from './settings.ts'
import { LEADER_AVOIDED_MS, SEED_AVOIDED_MS, type SilentBrokers } from './silent-brokers.ts'
import { socketGroup, type SocketGroup } from './sockets.ts'

/** One set of connections to the cluster. Whoever meets trouble closes it and opens another. */
export interface Session {
  readonly cluster: ClusterHandle
  /** Whether a node, by its number in the metadata, lately did not answer in time, and another one can lead instead. */
  readonly isSilent: (nodeId: number) => boolean
  /** Cuts the connections; requests in flight fail at once. Safe to call twice. */
  readonly close: () => Promise<void>
  /** Closes the connections when the requests in flight are answered or timed out. */
  readonly retire: () => Promise<void>
}

/**
 * Opens sessions. Each starts with another address of the list, so one dead broker delays few; with one that lately did
 * not answer in time only where none else is known.
 */
export interface SessionOpener {
  (): Session
  /** What they meet. */
  readonly trouble: ClientTrouble
}

/** Makes unconnected sessions; their first use connects them. */
export function sessionOpener(options: KafkaOptions, trouble: ClientTrouble): SessionOpener {
  let opened = 0
  const open = (): Session => {
    const answering = options.brokers.filter(
      (address) => !trouble.silent.has(address, SEED_AVOIDED_MS),
    )
    const known = answering.length > 0 ? answering : options.brokers
    const turn = opened++ % known.length
    const brokers = [...known.slice(turn), ...known.slice(0, turn)]
    const sockets = socketGroup(options)
    const cluster = newCluster({ ...options, brokers }, sockets, trouble.silent)
    const retire = async (): Promise<void> => {
      // Nobody can act on a failure to say goodbye, and the sockets are cut anyway.
      await cluster.disconnect().catch(() => {})
      sockets.cut()
    }
    return {
      cluster,
      isSilent(nodeId) {
        const nodes = cluster.brokerPool.metadata?.brokers ?? []
        const node = nodes.find((each) => each.nodeId === nodeId)
        // If there is only one node, no other can lead instead.
        if (node === undefined || nodes.length === 1) return false
        return trouble.silent.has(`${node.host}:${node.port}`, LEADER_AVOIDED_MS)
      },
      retire,
      close: () => {
        sockets.cut()
        return retire()
      },
    }
  }
  return Object.assign(open, { trouble })
}

/** The library's cluster, whose brokers read metadata as `readMetadata` does, and are out of reach where they are silent. */
function newCluster(
  options: KafkaOptions,
  sockets: SocketGroup,
  silent: SilentBrokers,
): ClusterHandle {
  const cluster = new Cluster(clusterSettings(options, sockets.open))
  const { brokerPool } = cluster
  const createBroker = brokerPool.createBroker.bind(brokerPool)
  brokerPool.createBroker = (given) => {
    const broker = createBroker(given)
    const metadata = async (topics: readonly string[]): Promise<Metadata> => {
      // Throws on a controller, which knows no such request.
      broker.lookupRequest(apiKeys['Metadata'] ?? -1, requests.Metadata)
      return await readMetadata(broker, topics)
    }
    return Object.assign(broker, { metadata, connect: connecting(broker, silent) })
  }
  return cluster
}

/**
 * Connects a broker. The library asks one again that accepted the connection and did not answer, and then takes it for
 * connected. As a connection that failed, a session passes on to its next address.
 */
function connecting(broker: NewBroker, silent: SilentBrokers): NewBroker['connect'] {
  const connect = broker.connect.bind(broker)
  return async () => {
    try {
      await connect()
    } catch (error) {
      silent.note(error)
      if (!(error instanceof kafkajs.KafkaJSRequestTimeoutError)) throw error
      const message = `Connection timeout: ${error.message}`
      throw new kafkajs.KafkaJSConnectionError(message, { broker: error.broker })
    }
  }
}
