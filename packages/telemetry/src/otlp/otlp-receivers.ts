/** The OTLP receivers of a process. The names and defaults are those of the OpenTelemetry specification. */
export interface OtlpReceivers {
  /** The whole URL for spans; absent: no spans are sent. */
  readonly tracesUrl?: string | undefined
  /** The whole URL for figures; absent: no figures are sent. */
  readonly metricsUrl?: string | undefined
  /** The interval at which figures are sent, in milliseconds. */
  readonly metricsEveryMs: number
}

/** Ends a part of OpenTelemetry. It can wait for a receiver that does not answer. */
export type Shutdown = () => Promise<void>
