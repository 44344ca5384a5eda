import { isUtf8 } from 'node:buffer'
import type { OutgoingRecord } from './log.ts'
import { parseTraceparent, TRACEPARENT } from './traceparent.ts'

/** Largest record of ours in bytes; a longer record is not ours. */
export const RECORD_BYTES_MAX: number = 1024 * 1024

/** The CloudEvents attributes of a record in binary mode. */
export interface CloudEventAttributes {
  readonly id: string
  readonly source: string
  readonly type: string
  readonly time?: string
  readonly traceparent?: string
}

/** Returns text as a record's bytes. */
export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text)
}

/** Returns the text of a header; `undefined` if it is absent or no UTF-8. */
export function headerText(headers: OutgoingRecord['headers'], name: string): string | undefined {
  const bytes = Object.hasOwn(headers, name) ? headers[name] : undefined
  if (bytes === undefined || !isUtf8(bytes)) return undefined
  return viewOf(bytes).toString()
}

/** Returns the trace context of a record; `undefined` if it has none. */
export function traceparentOf(headers: OutgoingRecord['headers']): string | undefined {
  const text = headerText(headers, TRACEPARENT)
  return parseTraceparent(text) === undefined ? undefined : text
}

/** Returns the same bytes as a buffer, without a copy. */
export function viewOf(bytes: Uint8Array): Buffer {
  if (bytes instanceof Buffer) return bytes
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const typeBytes = new Map<string, Buffer>()

/** Returns whether a record names this type; the type is one of ours, so the number of types is bounded. */
export function isOfType(headers: OutgoingRecord['headers'], type: string): boolean {
  const named = Object.hasOwn(headers, 'ce_type') ? headers['ce_type'] : undefined
  if (named === undefined || named.length !== type.length) return false
  const bytes = typeBytes.get(type) ?? Buffer.from(type)
  typeBytes.set(type, bytes)
  return bytes.equals(named)
}

/** Returns the headers of a CloudEvent with JSON data, in binary mode. */
export function cloudEventHeaders(event: CloudEventAttributes): Record<string, Uint8Array> {
  const headers: Record<string, Uint8Array> = {
    ce_specversion: bytesOf('1.0'),
    ce_id: bytesOf(event.id),
    ce_source: bytesOf(event.source),
    ce_type: bytesOf(event.type),
    'content-type': bytesOf('application/json'),
  }
  if (event.time !== undefined) headers['ce_time'] = bytesOf(event.time)
  if (parseTraceparent(event.traceparent) && event.traceparent !== undefined) {
    headers[TRACEPARENT] = bytesOf(event.traceparent)
  }
  return headers
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Parses JSON that our own processes wrote. A signature decides whether it counts, so the fast parser is
 * enough. Returns `undefined` if it is no JSON.
 */
export function parseOwnJson(value: Uint8Array | null): unknown {
  if (value === null || value.length > RECORD_BYTES_MAX) return undefined
  try {
    return JSON.parse(utf8.decode(value))
  } catch {
    return undefined
  }
}
