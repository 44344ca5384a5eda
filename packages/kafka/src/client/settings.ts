/** One line of kafkajs's own log. Its text can name brokers. It never has record contents. */
export interface KafkaLogLine {
  readonly level: 'error' | 'warn'
  readonly message: string
}

/** The options of a TLS connection, in PEM. Without `ca`, the root certificates of Node.js count. */
export interface KafkaTls {
  readonly ca?: string
  /** The client certificate with its `key`, for brokers that require one (mTLS). */
  readonly cert?: string
  readonly key?: string
  /** The name for SNI and for the check of the broker's certificate, in place of its host. */
  readonly serverName?: string
}

/** An authentication by the name of a user and a password. */
export interface PasswordLogin {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  /** A function is called for each authentication, so a password can be replaced. */
  readonly password: string | (() => string)
}

/** A bearer token for a broker. */
export interface BrokerToken {
  readonly value: string
}

/** An authentication by a bearer token (SASL OAUTHBEARER, RFC 7628). */
export interface TokenLogin {
  readonly mechanism: 'oauthbearer'
  /**
   * Returns the token for one authentication. The client calls it for each connection, and again 10 s before
   * the session of a connection ends. Return a token that lives for 30 s or more. `refused` is the token that
   * the broker refused last: do not return it again. An error that it throws is the reason in the client's error
   * only if it is a `FreshetError`.
   */
  readonly token: (refused?: string) => Promise<BrokerToken>
  /** The name of the client in error texts. The broker takes the principal from the token. */
  readonly username?: string
}

/** The authentication of a client. */
export type KafkaSasl = PasswordLogin | TokenLogin

/** The addresses of the brokers and the options of the connections. */
export interface KafkaOptions {
  /** The `host:port` of at least one broker (not of a controller). */
  readonly brokers: readonly string[]
  /** The name of this process in the broker's logs and quotas. */
  readonly clientId: string
  /** Receives the log lines of the client library. By default they are dropped. */
  readonly log?: (line: KafkaLogLine) => void
  /**
   * TLS to the brokers: `true` for the root certificates of Node.js, or a CA and a client certificate. A
   * function is called for each connection, so files can be replaced while the process runs.
   */
  readonly tls?: true | KafkaTls | (() => KafkaTls)
  /** The authentication by SASL. Absent: none, or that of a client certificate. */
  readonly sasl?: KafkaSasl
  /** Allows connections without TLS to other machines. The default is true. */
  readonly allowPlaintext?: boolean
}

export const CONNECTION_TIMEOUT_MS = 3_000
/** The time after which a connection without an answer counts as dead. */
export const BROKER_TIMEOUT_MS = 5_000
export const AUTHENTICATION_TIMEOUT_MS = 5_000
/** The time before the end of a session at which the next request authenticates again. */
export const REAUTHENTICATION_THRESHOLD_MS = 10_000
export const METADATA_MAX_AGE_MS = 60_000
/** The time for which the leader can wait for the in-sync replicas of an append. */
export const PRODUCE_TIMEOUT_MS = 4_000

/** Each session tries every given address at least once. */
const CONNECT_RETRIES_MIN = 2

/**
 * Returns the retry settings with every member, because kafkajs has odd defaults. It reads an absent retry as
 * one of two values, which depend on NODE_ENV. It reads an absent timeout as one millisecond.
 */
export function retrySettings(brokers: number): {
  readonly initialRetryTime: number
  readonly maxRetryTime: number
  readonly factor: number
  readonly multiplier: number
  readonly retries: number
} {
  const retries = Math.max(CONNECT_RETRIES_MIN, brokers)
  return { initialRetryTime: 50, maxRetryTime: 500, factor: 0.2, multiplier: 2, retries }
}
