import type { OutgoingRecord } from '@freshet/wire'

/** Encodes a record as one value of bytes. The tables keep it so that the publisher can publish it again. */
export function encodeRecord({ key, value, headers }: OutgoingRecord): Uint8Array {
  const packed: PackedRecord = {
    key: key && packedBytes(key),
    value: value && packedBytes(value),
    headers: Object.entries(headers).map(([name, bytes]) => [name, packedBytes(bytes)]),
  }
  return Buffer.from(JSON.stringify(packed))
}

/** The inverse of {@link encodeRecord}. */
export function decodeRecord(bytes: Uint8Array): OutgoingRecord {
  const { key, value, headers } = JSON.parse(Buffer.from(bytes).toString()) as PackedRecord
  return {
    key: key === null ? null : unpackedBytes(key),
    value: value === null ? null : unpackedBytes(value),
    headers: Object.fromEntries(headers.map(([name, text]) => [name, unpackedBytes(text)])),
  }
}

interface PackedRecord {
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [name: string, bytes: string])[]
}

function packedBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

function unpackedBytes(text: string): Uint8Array {
  return Buffer.from(text, 'base64')
}
