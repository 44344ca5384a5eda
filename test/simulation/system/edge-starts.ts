import { CONTROL_PARTITION, partitionOf } from '@freshet/protocol'
import { REVOCATIONS_TOPIC } from '@freshet/wire'
import type { MemoryLog } from '@freshet/memory'
import { subjectOf } from './journal.ts'
import type { HeldToken, World } from './world.ts'

/** Counts the records that were ever written to each partition of the revocation topic. */
export function counted(log: MemoryLog, written: Map<number, number>): MemoryLog {
  return {
    ...log,
    append(topic, partition, records) {
      const before = topic === REVOCATIONS_TOPIC ? (written.get(partition) ?? 0) : undefined
      if (before !== undefined) written.set(partition, before + records.length)
      return log.append(topic, partition, records)
    },
  }
}

/** S5: if no record was written since an edge started, it has received no heartbeat of its own time. */
export function hasRecordSince(
  { written, edgeStarts }: World,
  edge: string,
  { tenant, sub }: HeldToken,
): boolean {
  const atStart = edgeStarts.get(edge)
  return [CONTROL_PARTITION, partitionOf(subjectOf(tenant, sub))].every(
    (partition) => (written.get(partition) ?? 0) > (atStart?.get(partition) ?? 0),
  )
}
