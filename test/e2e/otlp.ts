import { createServer } from 'node:http'
import { once } from 'node:events'
import { json } from 'node:stream/consumers'

/** The members of a received span that tests read. */
export interface ArrivedSpan {
  readonly service: string
  /** The process of the service; present for sidecars only. */
  readonly instance: string | undefined
  readonly name: string
  readonly traceId: string
  readonly parentSpanId: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
}

/** A receiver of spans: OTLP as JSON over HTTP. */
export interface OtlpSink extends AsyncDisposable {
  readonly url: string
  of(traceId: string): readonly ArrivedSpan[]
  /** Returns the names of the figures that a service sent, and the environment that it named. */
  figuresOf(service: string): readonly ArrivedFigure[]
}

/** A metric of a service, by its name. */
export interface ArrivedFigure {
  readonly name: string
  readonly environment: string | undefined
}

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string }
}

interface ExportedMetrics {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeMetrics: readonly { readonly metrics: readonly { readonly name: string }[] }[]
  }[]
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly { readonly spans: readonly ArrivedSpan[] }[]
  }[]
}

/** Starts a receiver on loopback. */
export async function otlpSink(): Promise<OtlpSink> {
  const spans: ArrivedSpan[] = []
  const figures: (ArrivedFigure & { readonly service: string })[] = []
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      if (request.url === '/v1/traces') spans.push(...spansIn(body as Export))
      if (request.url === '/v1/metrics') figures.push(...figuresIn(body as ExportedMetrics))
      response.setHeader('content-type', 'application/json').end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${Object(server.address())['port']}`,
    of: (traceId) => spans.filter((span) => span.traceId === traceId),
    figuresOf: (service) => figures.filter((figure) => figure.service === service),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function spansIn({ resourceSpans }: Export): readonly ArrivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const named = textIn(resource.attributes)
    const of = { service: named('service.name') ?? '', instance: named('service.instance.id') }
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, ...of })))
  })
}

function figuresIn({ resourceMetrics }: ExportedMetrics) {
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) => {
    const named = textIn(resource.attributes)
    const environment = named('deployment.environment.name')
    const of = { service: named('service.name') ?? '', environment }
    return scopeMetrics.flatMap(({ metrics }) => metrics.map(({ name }) => ({ name, ...of })))
  })
}

function textIn(attributes: readonly Attribute[]): (key: string) => string | undefined {
  return (key) => attributes.find((each) => each.key === key)?.value.stringValue
}
