import type { OutgoingRecord } from '@freshet/events'

/** A record as one value of bytes, as the tables keep it to publish it again. */
export function encodeRecord({ key, value, headers }: OutgoingRecord): Uint8Array {
  const packed = {
    key: key && [...key],
    value: value && [...value],
    headers: Object.entries(headers).map(([name, bytes]) => [name, [...bytes]] as const),
  }
  return new TextEncoder().encode(JSON.stringify(packed))
}

/** The inverse of {@link encodeRecord}. */
export function decodeRecord(bytes: Uint8Array): OutgoingRecord {
  const packed = JSON.parse(new TextDecoder().decode(bytes)) as PackedRecord
  return {
    key: packed.key && Uint8Array.from(packed.key),
    value: packed.value && Uint8Array.from(packed.value),
    headers: Object.fromEntries(
      packed.headers.map(([name, list]) => [name, Uint8Array.from(list)]),
    ),
  }
}

interface PackedRecord {
  readonly key: readonly number[] | null
  readonly value: readonly number[] | null
  readonly headers: readonly (readonly [string, readonly number[]])[]
}
