import { trace } from '@opentelemetry/api'

/** The receiver of spans, and the identity of their sender. */
export interface TracingOptions {
  /** Base URL of an OTLP receiver over HTTP; `undefined`: nothing is traced, and no SDK loaded. */
  readonly endpoint: string | undefined
  readonly service: string
  /** The name that separates processes of a service; absent: none. */
  readonly instance?: string | undefined
  readonly version: string
}

/** Tracing that was started. */
export interface Tracing extends AsyncDisposable {
  readonly isOn: boolean
}

/**
 * Starts an OpenTelemetry SDK whose spans go to an OTLP receiver as JSON over HTTP. Spans wait in a queue of
 * at most 2,048, and a span without room is dropped, as the SDK’s own variables `OTEL_BSP_…` configure; an
 * absent receiver costs nothing else. Disposing sends what waits. Call once per process.
 */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const { endpoint, service, instance, version } = options
  if (endpoint === undefined) return { isOn: false, [Symbol.asyncDispose]: async () => {} }
  const [{ BasicTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, resources] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ])
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` })
  const provider = new BasicTracerProvider({
    resource: resources.resourceFromAttributes({
      'service.name': `freshet-${service}`,
      'service.namespace': 'freshet',
      'service.version': version,
      'freshet.role': service,
      ...(instance !== undefined && { 'service.instance.id': instance }),
    }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  trace.setGlobalTracerProvider(provider)
  return {
    isOn: true,
    async [Symbol.asyncDispose]() {
      // The end of a process does not wait for an absent receiver, and its failure has no consequence.
      await provider.shutdown().catch(() => {})
    },
  }
}
