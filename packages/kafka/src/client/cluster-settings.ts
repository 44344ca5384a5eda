import { bearerLogin } from './bearer-login.ts'
import { createClientLogger } from './internals.ts'
import {
  AUTHENTICATION_TIMEOUT_MS,
  CONNECTION_TIMEOUT_MS,
  METADATA_MAX_AGE_MS,
  REAUTHENTICATION_THRESHOLD_MS,
  BROKER_TIMEOUT_MS,
  retrySettings,
  type KafkaLogLine,
  type KafkaOptions,
  type KafkaSasl,
} from './settings.ts'
import { CUT_TEXT, type SocketGroup } from './sockets.ts'

/** Log levels by kafkajs's numbers. */
const ERROR = 1
const WARN = 2
const READ_UNCOMMITTED = 0

interface LogEntry {
  readonly level: number
  /** The library gives the error itself in one case: a connection to a leader that does not come up. */
  readonly log: { readonly message: string | Error }
}

/**
 * Returns the logger for kafkajs. It passes warnings and errors to the caller's function alone. It leaves out
 * connections that this client closed itself.
 */
export function logCreator(
  log: ((line: KafkaLogLine) => void) | undefined,
): () => (entry: LogEntry) => void {
  return () => (entry) => {
    const given = entry.log.message
    const message = typeof given === 'string' ? given : given.message
    if (message.includes(CUT_TEXT)) return
    log?.({ level: entry.level === ERROR ? 'error' : 'warn', message })
  }
}

/** Returns SASL options whose password or token is current: the library reads it at each authentication. */
function currentSasl(sasl: KafkaSasl): object {
  if (sasl.mechanism === 'oauthbearer') return bearerLogin(sasl)
  const { mechanism, username, password } = sasl
  return {
    mechanism,
    username,
    get password() {
      return typeof password === 'function' ? password() : password
    },
  }
}

/** Returns the settings that the two entry points of kafkajs, its client and its cluster, share. */
export function commonSettings(options: KafkaOptions, open: SocketGroup['open']): object {
  return {
    clientId: options.clientId,
    brokers: [...options.brokers],
    // The socket factory reads the TLS options for each connection.
    ...(options.tls ? { ssl: {} } : {}),
    ...(options.sasl ? { sasl: currentSasl(options.sasl) } : {}),
    socketFactory: open,
    retry: retrySettings(options.brokers.length),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: BROKER_TIMEOUT_MS,
    enforceRequestTimeout: true,
    authenticationTimeout: AUTHENTICATION_TIMEOUT_MS,
    reauthenticationThreshold: REAUTHENTICATION_THRESHOLD_MS,
  }
}

/** Returns the arguments of kafkajs's cluster object. */
export function clusterSettings(options: KafkaOptions, open: SocketGroup['open']): object {
  return {
    ...commonSettings(options, open),
    logger: createClientLogger({ level: WARN, logCreator: logCreator(options.log) }),
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    isolationLevel: READ_UNCOMMITTED,
  }
}
