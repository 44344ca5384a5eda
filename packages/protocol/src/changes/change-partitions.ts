import { CONTROL_PARTITION, partitionOf, PARTITIONS } from '../position/partition.ts'
import type { Change } from './change.ts'

/**
 * Returns the partitions that must have a change, and no other can have it. Claims of a subject go to the
 * partition of the subject. Accounts and every wide change go to the control partition. Snapshot markers and
 * activations go to all partitions (rule 32).
 */
export function changePartitions(change: Change): readonly number[] {
  switch (change.kind) {
    case 'claim':
    case 'clear-doubt':
      return [partitionOf(change.subject)]
    case 'account':
    case 'value-withdrawn':
    case 'cut-off':
    case 'deny':
    case 'open':
    case 'close':
      return [CONTROL_PARTITION]
    case 'snapshot-begin':
    case 'snapshot-end':
    case 'activate':
      return PARTITIONS
  }
}

/** Returns whether this partition must have the change. */
export function belongsIn(partition: number, change: Change): boolean {
  return changePartitions(change).includes(partition)
}
