import type { RevocationFeed } from '@freshet/edge'
import type { LogReader, LogWriter } from '@freshet/wire'
import type { KafkaOptions } from './client/settings.ts'
import { environmentAccess, environmentSettings } from './environment/environment-access.ts'
import { createKafka } from './kafka.ts'
import { Subscriber } from './read/subscriber.ts'
import type { SharedSubscription } from './read/shared-subscription.ts'

interface SharedClient {
  readonly reader: LogReader
  readonly reports: LogWriter
  readonly close: () => Promise<void>
  users: number
}

/** The options of one feed, by a key that is equal for equal options, and the opening of its connections. */
interface Way {
  readonly log: KafkaOptions['log']
  readonly key: string
  readonly open: () => SharedClient
}

/** The shared clients of this process, by the function that receives the log and by all other options. */
const clients = new Map<KafkaOptions['log'], Map<string, SharedClient>>()

/** Options of a feed that has its connection in the code. */
export type RevocationOptions = Omit<KafkaOptions, 'clientId'> &
  Partial<Pick<KafkaOptions, 'clientId'>>

/** Options of a feed that has its connection in the environment. */
export type EnvironmentOptions = Partial<Pick<KafkaOptions, 'clientId' | 'log'>>

const CLIENT_ID = 'freshet-edge'

/**
 * Returns the revocation feed of an edge on Kafka. It reads the revocation topic without a consumer group and
 * writes edge reports to their topic. The edge closes the feed when it closes.
 *
 * Without `brokers`, it reads the connection from `KAFKA_BROKERS` and the other variables of Kafka, as the services
 * do. It reads the files that they name again each second until the feed is closed.
 *
 * Edges of one process whose feeds have the same options share their sockets. Once each has caught up, they
 * also share one subscription to the topic. `clientId` defaults to `freshet-edge`.
 *
 * @throws `config.invalid` for an environment that cannot be used, with every problem at once
 */
export function kafkaRevocations(
  options: RevocationOptions | EnvironmentOptions = {},
): RevocationFeed {
  const way =
    'brokers' in options
      ? wayOf({ clientId: CLIENT_ID, ...options })
      : wayInEnvironment({ clientId: CLIENT_ID, ...options })
  const { client, release } = enter(way)
  return { reader: client.reader, reports: client.reports, close: release }
}

function wayOf(options: KafkaOptions): Way {
  return { log: options.log, key: keyOf(options), open: () => openClient(options) }
}

function wayInEnvironment({ clientId, log }: Pick<KafkaOptions, 'clientId' | 'log'>): Way {
  const settings = environmentSettings()
  return {
    log,
    key: `environment ${JSON.stringify([clientId, settings])}`,
    open() {
      const { access, end } = environmentAccess(settings, log)
      const client = openClient({ ...access, clientId })
      const close = async (): Promise<void> => {
        end()
        await client.close()
      }
      return { ...client, close }
    },
  }
}

function enter({ log, key, open }: Way): {
  readonly client: SharedClient
  readonly release: () => Promise<void>
} {
  const alike = clients.get(log) ?? new Map<string, SharedClient>()
  const client = alike.get(key) ?? open()
  clients.set(log, alike)
  alike.set(key, client)
  client.users += 1
  let released: Promise<void> | undefined
  const release = async (): Promise<void> => {
    client.users -= 1
    if (client.users > 0) return
    alike.delete(key)
    if (alike.size === 0) clients.delete(log)
    await client.close()
  }
  return { client, release: () => (released ??= release()) }
}

/** Returns the same key for options with the same values. A function is equal only to itself. */
function keyOf({ brokers, clientId, tls, sasl, allowPlaintext }: KafkaOptions): string {
  const given = [brokers, clientId, tls, sasl, allowPlaintext]
  return JSON.stringify(given, (_, value: unknown) =>
    typeof value === 'function' ? `function ${numberOf(value)}` : value,
  )
}

const numbers = new WeakMap<object, number>()
let numbered = 0

function numberOf(made: object): number {
  const number = numbers.get(made) ?? ++numbered
  numbers.set(made, number)
  return number
}

function openClient(options: KafkaOptions): SharedClient {
  const kafka = createKafka(options)
  const reader = sharedReader(kafka.reader())
  return { reader, reports: kafka.writer(), close: () => kafka.close(), users: 0 }
}

/**
 * Returns a reader whose followers of the same partitions share one subscription once they have caught up.
 * Ten edges in one process then cost the broker, and the process, little more than one.
 *
 * Each follower still has its own position and gets its calls as if it followed alone. It reads alone again
 * if it cannot keep up or its position is lost. There is one difference: followers that share get contact
 * without news once, not with every answer.
 */
export function sharedReader(reader: LogReader): LogReader {
  const subscriptions = new Map<string, SharedSubscription>()
  return {
    bounds: (topic, partitions) => reader.bounds(topic, partitions),
    read: (...args) => reader.read(...args),
    follow: (topic, from, follower, signal) =>
      new Subscriber({ reader, subscriptions, topic }, from, follower).run(signal),
  }
}
