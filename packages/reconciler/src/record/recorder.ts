import type { LogRecord } from '@freshet/events'
import { commonSleep } from '../common-sleep.ts'
import { recordBatch } from './record-batch.ts'
import type { ReadPosition, RecordResult } from './record-context.ts'
import { runPartition, type PartitionLoop } from './run-partition.ts'

/** Records changes: read, decide, record; publishing is apart. */
export interface Recorder {
  /** See {@link recordBatch}: one list of records of one partition, read from `from`. */
  recordBatch(
    records: readonly LogRecord[],
    from: ReadPosition & { readonly receivedAtMs: number },
  ): Promise<RecordResult>
  /** See {@link runPartition}: until the signal aborts. */
  runPartition(partition: number, signal: AbortSignal): Promise<void>
}

/** Puts the recorder together. Nothing happens before one of its functions is called. */
export function createRecorder(parts: PartitionLoop): Recorder {
  const loop = { sleep: commonSleep(parts.timer), ...parts }
  return {
    recordBatch: (records, from) => recordBatch(loop, records, from),
    runPartition: (partition, signal) => runPartition(loop, partition, signal),
  }
}
