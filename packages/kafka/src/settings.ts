/** One line of kafkajs's own log. Its text may name brokers; it never holds record contents. */
export interface KafkaLogLine {
  readonly level: 'error' | 'warn'
  readonly message: string
}

/** What a TLS connection uses, in PEM. Without `ca` the roots of Node.js count. */
export interface KafkaTls {
  readonly ca?: string
  /** The client certificate, for brokers that demand one (mTLS), with its `key`. */
  readonly cert?: string
  readonly key?: string
  /** Sent as SNI and compared with the broker's certificate, in place of its host. */
  readonly serverName?: string
}

/** How to reach the brokers. */
export interface KafkaOptions {
  /** `host:port` of at least one broker (not of a controller). */
  readonly brokers: readonly string[]
  /** Name of this process in the broker's logs and quotas. */
  readonly clientId: string
  /** Receives what the client library has to say. Default: nobody, it is silent. */
  readonly log?: (line: KafkaLogLine) => void
  /**
   * TLS to the brokers: `true` for the roots of Node.js, or a CA and a client certificate. A function is
   * called for each connection, so that files can be replaced while the process runs.
   */
  readonly tls?: true | KafkaTls | (() => KafkaTls)
  /** A function is called for each authentication, so that a password can be replaced. */
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: string | (() => string)
  }
  /** Whether connections in clear may leave this machine. Default: true. */
  readonly allowPlaintext?: boolean
}

export const CONNECTION_TIMEOUT_MS = 3_000
/** How long an answer may take before the connection counts as dead. */
export const REQUEST_TIMEOUT_MS = 5_000
export const AUTHENTICATION_TIMEOUT_MS = 5_000
export const REAUTHENTICATION_THRESHOLD_MS = 10_000
export const METADATA_MAX_AGE_MS = 60_000
/** How long the leader may wait for the in-sync replicas of an append. */
export const PRODUCE_TIMEOUT_MS = 4_000

/** Each session tries every address that it was given at least once. */
const CONNECT_RETRIES_MIN = 2

/**
 * kafkajs reads an absent retry as one of two defaults, depending on NODE_ENV, and an absent
 * timeout as one millisecond: every member is given.
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
