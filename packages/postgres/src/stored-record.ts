import type { OutgoingRecord } from '@freshet/events'

/** Headers as a JSON column keeps them: base64 by name, because header values are bytes. */
export type StoredHeaders = Readonly<Record<string, string>>

/** The headers of a record for a JSON column. */
export function packHeaders(headers: OutgoingRecord['headers']): StoredHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]),
  )
}

/** The inverse of {@link packHeaders}. */
export function unpackHeaders(headers: StoredHeaders): OutgoingRecord['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, text]) => [name, Buffer.from(text, 'base64')]),
  )
}

/** A whole record in one `bytea`, to be published again byte for byte. */
export function packRecord({ key, value, headers }: OutgoingRecord): Buffer {
  return Buffer.from(
    JSON.stringify({ key: base64(key), value: base64(value), headers: packHeaders(headers) }),
  )
}

/** The inverse of {@link packRecord}. */
export function unpackRecord(bytes: Uint8Array): OutgoingRecord {
  const stored = JSON.parse(Buffer.from(bytes).toString()) as PackedRecord
  return {
    key: fromBase64(stored.key),
    value: fromBase64(stored.value),
    headers: unpackHeaders(stored.headers),
  }
}

interface PackedRecord {
  readonly key: string | null
  readonly value: string | null
  readonly headers: StoredHeaders
}

function base64(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('base64')
}

function fromBase64(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text, 'base64')
}
