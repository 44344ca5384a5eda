import { notBuilt } from './not-built.ts'
import type { OutgoingRecord } from './log.ts'

export function recordsHash(
  records: readonly Pick<OutgoingRecord, 'key' | 'value' | 'headers'>[],
): string {
  return notBuilt(records)
}
