import type { ClientTrouble } from '../errors/client-trouble.ts'
import { clusterSettings } from './cluster-settings.ts'
import { apiKeys, Cluster, errors, requests } from './internals.ts'
import type { ClusterHandle, NewBroker } from './internals.ts'
import type { Metadata } from '../protocol/cluster-metadata.ts'
import { readMetadata } from '../protocol/metadata.ts'
import type { KafkaOptions } from './settings.ts'
import { LEADER_AVOIDED_MS, SEED_AVOIDED_MS, type SilentBrokers } from '../errors/silent-brokers.ts'
import { socketGroup, type SocketGroup } from './sockets.ts'

/** One set of connections to the cluster. After trouble, the caller closes it and opens another one. */
export interface BrokerSession {
  readonly cluster: ClusterHandle
  /**
   * Returns whether a node, by its id in the metadata, recently did not answer in time and another one can
   * lead instead.
   */
  readonly isSilent: (nodeId: number) => boolean
  /** Cuts the connections. Requests in flight fail at once. A second call is safe. */
  readonly close: () => Promise<void>
  /** Closes the connections when the requests in flight are answered or timed out. */
  readonly retire: () => Promise<void>
}

/**
 * Opens sessions. Each starts with another address of the list, so one dead broker delays few of them. A
 * session starts with a broker that recently did not answer in time only if no other is known.
 */
export interface SessionOpener {
  (): BrokerSession
  /** The trouble of these sessions. */
  readonly trouble: ClientTrouble
}

/** Returns a function that creates unconnected sessions. Their first use connects them. */
export function sessionOpener(options: KafkaOptions, trouble: ClientTrouble): SessionOpener {
  let opened = 0
  const open = (): BrokerSession => {
    const answering = options.brokers.filter(
      (address) => !trouble.silent.has(address, SEED_AVOIDED_MS),
    )
    const known = answering.length > 0 ? answering : options.brokers
    const turn = opened++ % known.length
    const brokers = [...known.slice(turn), ...known.slice(0, turn)]
    const sockets = socketGroup(options)
    const cluster = newCluster({ ...options, brokers }, sockets, trouble.silent)
    const retire = async (): Promise<void> => {
      // A failure to disconnect has no consequence: the sockets are cut anyway.
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

/**
 * Creates the library's cluster. Its brokers read metadata by `readMetadata`, and a broker that does not
 * answer in time counts as unreachable.
 */
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
      // This throws on a controller, which does not know the request.
      broker.lookupRequest(apiKeys['Metadata'] ?? -1, requests.Metadata)
      return await readMetadata(broker, topics)
    }
    return Object.assign(broker, { metadata, connect: connecting(broker, silent) })
  }
  return cluster
}

/**
 * Returns a `connect` for brokers that accept the connection and do not answer. The library asks such a
 * broker again and then takes it for connected. The error becomes that of a failed connection, so a session
 * goes on to its next address.
 */
function connecting(broker: NewBroker, silent: SilentBrokers): NewBroker['connect'] {
  const connect = broker.connect.bind(broker)
  return async () => {
    try {
      await connect()
    } catch (error) {
      silent.note(error)
      if (!(error instanceof errors.KafkaJSRequestTimeoutError)) throw error
      const message = `Connection timeout: ${error.message}`
      throw new errors.KafkaJSConnectionError(message, { broker: error.broker })
    }
  }
}
