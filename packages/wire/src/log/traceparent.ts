/** Header of the trace context on records and requests (W3C Trace Context). */
export const TRACEPARENT = 'traceparent'

const form = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/** The members of a valid `traceparent`. */
export interface TraceContext {
  readonly traceId: string
  readonly spanId: string
  readonly flags: string
}

/** Reads a `traceparent`. Returns `undefined` for every text that the standard ignores. */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  const match = text === undefined ? null : form.exec(text)
  const [, traceId, spanId, flags] = match ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  return /^0+$/.test(traceId) || /^0+$/.test(spanId) ? undefined : { traceId, spanId, flags }
}
