import { createServer } from 'node:http'
import { once } from 'node:events'
import { json } from 'node:stream/consumers'

/** The members of a received span that tests read. */
export interface ArrivedSpan {
  readonly service: string
  /** The process of the service. */
  readonly instance: string | undefined
  /** The HTTP status of the answer and the pattern of the route, on spans of requests. */
  readonly status: number | undefined
  readonly route: string | undefined
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
  /** The process of the service. */
  readonly instance: string | undefined
  /** The routes of its points. */
  readonly routes: readonly string[]
  readonly environment: string | undefined
}

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly intValue?: number | string }
}

interface ExportedMetric {
  readonly name: string
  readonly histogram?: {
    readonly dataPoints: readonly { readonly attributes: readonly Attribute[] }[]
  }
}

interface ExportedMetrics {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeMetrics: readonly { readonly metrics: readonly ExportedMetric[] }[]
  }[]
}

type ExportedSpan = Omit<ArrivedSpan, 'service' | 'instance' | 'status' | 'route'> & {
  readonly attributes: readonly Attribute[]
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly { readonly spans: readonly ExportedSpan[] }[]
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
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => {
        const status = span.attributes.find(({ key }) => key === 'http.response.status_code')
        const answered = { status: status && Number(status.value.intValue) }
        return { ...span, ...of, ...answered, route: textIn(span.attributes)('http.route') }
      }),
    )
  })
}

function figuresIn({ resourceMetrics }: ExportedMetrics) {
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) => {
    const named = textIn(resource.attributes)
    const environment = named('deployment.environment.name')
    const instance = named('service.instance.id')
    const of = { service: named('service.name') ?? '', instance, environment }
    return scopeMetrics.flatMap(({ metrics }) =>
      metrics.map(({ name, histogram }) => ({ name, routes: routesOf(histogram), ...of })),
    )
  })
}

function routesOf(histogram: ExportedMetric['histogram']): readonly string[] {
  const points = histogram?.dataPoints ?? []
  return points.flatMap(({ attributes }) => textIn(attributes)('http_route') ?? [])
}

function textIn(attributes: readonly Attribute[]): (key: string) => string | undefined {
  return (key) => attributes.find((each) => each.key === key)?.value.stringValue
}
