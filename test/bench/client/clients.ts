import { createKafka } from '@freshet/kafka'
import type { LogReader, LogWriter } from '@freshet/wire'
import { platformaticLog } from './platformatic-log.ts'

/** The clients behind the ports of reader and writer: that of `@freshet/kafka`, and the one that is compared. */
export const CLIENTS = ['kafkajs', 'platformatic'] as const
export type ClientName = (typeof CLIENTS)[number]

/** A client with its connections. */
export interface Client {
  readonly reader: LogReader
  readonly writer: LogWriter
  readonly close: () => Promise<void>
}

/** Opens a client by its name. Its followers share nothing. */
export function openClient(name: ClientName, brokers: readonly string[]): Client {
  const options = { brokers, clientId: `freshet-bench-${name}` }
  if (name === 'platformatic') return platformaticLog(options)
  const kafka = createKafka(options)
  return { reader: kafka.reader(), writer: kafka.writer(), close: () => kafka.close() }
}
