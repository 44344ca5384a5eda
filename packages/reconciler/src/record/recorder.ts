import type { LogRecord } from '@freshet/wire'
import { commonSleep } from '../common-sleep.ts'
import { recordBatch } from './record-batch.ts'
import type { ReadPosition, RecordResult } from './record-context.ts'
import { runPartition, type PartitionLoop } from './run-partition.ts'

/** Records changes: it reads, decides and records. Publishing is separate. */
export interface Recorder {
  /** See {@link recordBatch}: takes one list of records of one partition, read from `from`. */
  recordBatch(
    records: readonly LogRecord[],
    from: ReadPosition & { readonly receivedAtMs: number },
  ): Promise<RecordResult>
  /** See {@link runPartition}: runs until the signal aborts. */
  runPartition(partition: number, signal: AbortSignal): Promise<void>
}

/** Creates the recorder. It does nothing before one of its functions is called. */
export function createRecorder(parts: PartitionLoop): Recorder {
  const loop = { sleep: commonSleep(parts.timer), ...parts }
  return {
    recordBatch: (records, from) => recordBatch(loop, records, from),
    runPartition: (partition, signal) => runPartition(loop, partition, signal),
  }
}
