import { trace } from '@opentelemetry/api'
import { resourceOf, type Named } from './resource.ts'
import type { Shutdown } from './otlp-receivers.ts'

/** Sends the spans of this process to a receiver. Returns the function that ends it. */
export async function startSpans(named: Named, url: string): Promise<Shutdown> {
  const [{ BasicTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, resource] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      resourceOf(named),
    ])
  const spanProcessors = [new BatchSpanProcessor(new OTLPTraceExporter({ url }))]
  const provider = new BasicTracerProvider({ resource, spanProcessors })
  trace.setGlobalTracerProvider(provider)
  return () => provider.shutdown()
}
