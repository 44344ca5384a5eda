import { isSpanContextValid, TraceFlags, type SpanContext } from '@opentelemetry/api'

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
/** The version that no sender may use. */
const FORBIDDEN_VERSION = 'ff'
const VERSION = '00'
const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8

/** Gives that many random bytes in lower-case hexadecimal. */
export type RandomHex = (bytes: number) => string

/** Reads a W3C `traceparent`; `undefined` for anything that is not one. Later versions pass. */
export function parseSpanContext(text: string | undefined): SpanContext | undefined {
  const [, version, traceId, spanId, flags, rest] = FORM.exec(text ?? '') ?? []
  if (traceId === undefined || spanId === undefined || version === FORBIDDEN_VERSION) {
    return undefined
  }
  if (version === VERSION && rest !== undefined) return undefined
  const traceFlags = Number.parseInt(flags ?? '', 16) & TraceFlags.SAMPLED
  const context = { traceId, spanId, traceFlags, isRemote: true }
  return isSpanContextValid(context) ? context : undefined
}

/** Writes a `traceparent` of version 00. */
export function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  const sampled = (traceFlags & TraceFlags.SAMPLED) === 0 ? '00' : '01'
  return `${VERSION}-${traceId}-${spanId}-${sampled}`
}

/** The context of a trace that begins here, for where no tracing SDK made one. */
export function newContext(randomHex: RandomHex): SpanContext {
  const traceId = randomHex(TRACE_ID_BYTES)
  return { traceId, spanId: randomHex(SPAN_ID_BYTES), traceFlags: TraceFlags.NONE }
}
