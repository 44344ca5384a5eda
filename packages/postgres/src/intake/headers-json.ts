import type { OutgoingRecord } from '@freshet/events'

/** Header values are bytes; JSON holds them as base64. */
export function headersToJson(headers: OutgoingRecord['headers']): string {
  const entries = Object.entries(headers).map(([name, bytes]) => [
    name,
    Buffer.from(bytes).toString('base64'),
  ])
  return JSON.stringify(Object.fromEntries(entries))
}

/** The inverse of {@link headersToJson}, for what the driver has parsed. */
export function headersFromJson(json: Readonly<Record<string, string>>): OutgoingRecord['headers'] {
  const entries = Object.entries(json).map(([name, text]) => [name, Buffer.from(text, 'base64')])
  return Object.fromEntries(entries) as Record<string, Uint8Array>
}
