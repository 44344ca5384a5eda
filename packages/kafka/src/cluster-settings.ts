import { createLogger } from './internals.ts'
import {
  AUTHENTICATION_TIMEOUT_MS,
  CONNECTION_TIMEOUT_MS,
  METADATA_MAX_AGE_MS,
  REAUTHENTICATION_THRESHOLD_MS,
  REQUEST_TIMEOUT_MS,
  retrySettings,
  type KafkaLogLine,
  type KafkaOptions,
} from './settings.ts'
import { CUT_TEXT, type SocketGroup } from './sockets.ts'

/** Levels as kafkajs numbers them. */
const ERROR = 1
const WARN = 2
const READ_UNCOMMITTED = 0

interface LogEntry {
  readonly level: number
  readonly log: { readonly message: string }
}

/**
 * The logging that kafkajs is given: warnings and errors, to the caller's function alone. That we
 * closed a connection ourselves is no news.
 */
export function logCreator(
  log: ((line: KafkaLogLine) => void) | undefined,
): () => (entry: LogEntry) => void {
  return () => (entry) => {
    const { message } = entry.log
    if (message.includes(CUT_TEXT)) return
    log?.({ level: entry.level === ERROR ? 'error' : 'warn', message })
  }
}

/** The library reads the password at each authentication, here as it is then. */
function currentSasl({ mechanism, username, password }: NonNullable<KafkaOptions['sasl']>): object {
  return {
    mechanism,
    username,
    get password() {
      return typeof password === 'function' ? password() : password
    },
  }
}

/** What both doors of kafkajs, its client and its cluster, are told alike. */
export function commonSettings(options: KafkaOptions, open: SocketGroup['open']): object {
  return {
    clientId: options.clientId,
    brokers: [...options.brokers],
    // What TLS uses is looked up by the socket factory, for each connection.
    ...(options.tls ? { ssl: {} } : {}),
    ...(options.sasl ? { sasl: currentSasl(options.sasl) } : {}),
    socketFactory: open,
    retry: retrySettings(options.brokers.length),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    authenticationTimeout: AUTHENTICATION_TIMEOUT_MS,
    reauthenticationThreshold: REAUTHENTICATION_THRESHOLD_MS,
  }
}

/** The arguments of kafkajs's cluster object. */
export function clusterSettings(options: KafkaOptions, open: SocketGroup['open']): object {
  return {
    ...commonSettings(options, open),
    logger: createLogger({ level: WARN, logCreator: logCreator(options.log) }),
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    isolationLevel: READ_UNCOMMITTED,
  }
}
