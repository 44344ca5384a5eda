import { notBuilt } from './not-built.ts'
import type { MapAnnouncement, Revocation } from '@freshet/domain'
import type { LogRecord, OutgoingRecord } from './log.ts'

export function encodeRevocation(
  revocation: Revocation,
  o: { readonly issuer: string; readonly traceparent?: string },
): OutgoingRecord {
  return notBuilt(revocation, o)
}

export function decodeRevocation(
  record: Pick<LogRecord, 'headers' | 'value' | 'partition'>,
): Revocation | MapAnnouncement | undefined {
  return notBuilt(record)
}
