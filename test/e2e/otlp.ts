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
}

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string }
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
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      if (request.url === '/v1/traces') spans.push(...spansIn(body as Export))
      response.setHeader('content-type', 'application/json').end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${Object(server.address())['port']}`,
    of: (traceId) => spans.filter((span) => span.traceId === traceId),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function spansIn({ resourceSpans }: Export): readonly ArrivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const said = (key: string): string | undefined =>
      resource.attributes.find((each) => each.key === key)?.value.stringValue
    const of = { service: said('service.name') ?? '', instance: said('service.instance.id') }
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, ...of })))
  })
}
