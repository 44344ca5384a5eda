import {
  isSpanContextValid,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Link,
  type Span,
  type SpanOptions as ApiSpanOptions,
} from '@opentelemetry/api'
import { dispositionOf, FreshetError } from '@freshet/protocol'
import { formatTraceparent, newContext, parseSpanContext, type RandomHex } from './traceparent.ts'

const TRACER = 'freshet'

/** Which end of which exchange the work is. */
type Kind = 'internal' | 'server' | 'client' | 'producer' | 'consumer'

const KINDS: Readonly<Record<Kind, SpanKind>> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
}

/** The place of a piece of work in its trace. */
export interface SpanOptions {
  /** Default `internal`. */
  readonly kind?: Kind
  /** The `traceparent` of what caused it; one that is not valid counts as none. */
  readonly parent?: string | undefined
  /** Other causes, when there are several: a batch. */
  readonly links?: readonly (string | undefined)[]
  /** The begin of the work, for spans that are made afterwards; default: now. Milliseconds since 1970. */
  readonly startMs?: number
  readonly attributes?: Readonly<Record<string, string | number>>
  /** Makes the ids of a trace that begins here when no SDK is installed. */
  readonly randomHex: RandomHex
}

/** A piece of work that is being traced. */
export interface WorkSpan {
  /** The value to pass on with everything that this work causes. */
  readonly traceparent: string
  /** Sets the status of the HTTP answer to the request that the span is of. */
  answer(status: number): void
  /** Notes the failure, by code; `end` still has to be called. */
  fail(error: unknown): void
  /** Default: now. Milliseconds since 1970. */
  end(atMs?: number): void
}

/**
 * Begins a span. Without an OpenTelemetry SDK nothing is recorded, and the trace still goes on: the
 * parent's `traceparent` is handed through, or a new one made.
 */
export function beginSpan(name: string, options: SpanOptions): WorkSpan {
  const parent = parseSpanContext(options.parent)
  const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent)
  const links = (options.links ?? []).flatMap(toLink)
  const { startMs, attributes } = options
  const spanOptions: ApiSpanOptions = {
    kind: KINDS[options.kind ?? 'internal'],
    links,
    ...(startMs !== undefined && { startTime: startMs }),
    ...(attributes !== undefined && { attributes }),
  }
  const span = trace.getTracer(TRACER).startSpan(name, spanOptions, context)
  return {
    traceparent: traceparentOf(span, options.randomHex),
    answer: (status) => void span.setAttribute('http.response.status_code', status),
    fail: (error) => noteFailure(span, error),
    end: (atMs) => span.end(atMs),
  }
}

/** Returns whether no SDK is installed that could receive a span. */
export function hasNoReceiver(): boolean {
  const provider = trace.getTracerProvider()
  return provider instanceof ProxyTracerProvider && provider.getDelegateTracer(TRACER) === undefined
}

function traceparentOf(span: Span, randomHex: RandomHex): string {
  const context = span.spanContext()
  return formatTraceparent(isSpanContextValid(context) ? context : newContext(randomHex))
}

function toLink(text: string | undefined): Link[] {
  const context = parseSpanContext(text)
  return context === undefined ? [] : [{ context }]
}

/** The message stays out: spans leave the house. */
function noteFailure(span: Span, error: unknown): void {
  const code = error instanceof FreshetError ? error.code : dispositionOf(error)
  span.setAttribute('error.type', code)
  span.setStatus({ code: SpanStatusCode.ERROR })
}
