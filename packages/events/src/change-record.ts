import { notBuilt } from './not-built.ts'
import type { Change, SourceHeartbeat } from '@freshet/domain'
import type { OutgoingRecord } from './log.ts'

export function encodeChange(
  change: Change,
  o: { readonly traceparent?: string } = {},
): OutgoingRecord {
  return notBuilt(change, o)
}

export function encodeHeartbeat(heartbeat: SourceHeartbeat): OutgoingRecord {
  return notBuilt(heartbeat)
}

export function changePartitions(change: Change): readonly number[] {
  return notBuilt(change)
}

export function contentHash(record: Pick<OutgoingRecord, 'value' | 'headers'>): string {
  return notBuilt(record)
}
