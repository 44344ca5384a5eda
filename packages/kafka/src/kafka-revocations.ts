import type { RevocationFeed } from '@freshet/edge'
import type { LogReader, LogWriter } from '@freshet/wire'
import { createKafka } from './kafka.ts'
import type { KafkaOptions } from './client/settings.ts'
import { sharedReader } from './read/shared-reader.ts'

interface Door {
  readonly reader: LogReader
  readonly reports: LogWriter
  readonly close: () => Promise<void>
  users: number
}

/** The shared clients of this process, by the function that receives the log and by all other options. */
const doors = new Map<KafkaOptions['log'], Map<string, Door>>()

/**
 * Returns the revocation feed of an edge on Kafka. It reads the revocation topic without a consumer group and
 * writes edge reports to their topic. The edge closes the feed when it closes.
 *
 * Edges of one process whose feeds have the same options share their sockets. Once each has caught up, they
 * also share one subscription to the topic. `clientId` defaults to `freshet-edge`.
 */
export function kafkaRevocations(
  options: Omit<KafkaOptions, 'clientId'> & Partial<Pick<KafkaOptions, 'clientId'>>,
): RevocationFeed {
  const { door, release } = enter({ clientId: 'freshet-edge', ...options })
  return { reader: door.reader, reports: door.reports, close: release }
}

function enter(options: KafkaOptions): {
  readonly door: Door
  readonly release: () => Promise<void>
} {
  const { log } = options
  const alike = doors.get(log) ?? new Map<string, Door>()
  doors.set(log, alike)
  const key = keyOf(options)
  const door = alike.get(key) ?? open(options)
  alike.set(key, door)
  door.users += 1
  let released: Promise<void> | undefined
  const release = async (): Promise<void> => {
    door.users -= 1
    if (door.users > 0) return
    alike.delete(key)
    if (alike.size === 0) doors.delete(log)
    await door.close()
  }
  return { door, release: () => (released ??= release()) }
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

function open(options: KafkaOptions): Door {
  const kafka = createKafka(options)
  const reader = sharedReader(kafka.reader())
  return { reader, reports: kafka.writer(), close: () => kafka.close(), users: 0 }
}
