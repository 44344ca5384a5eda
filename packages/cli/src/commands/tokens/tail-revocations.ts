import type { FreshetError } from '@freshet/protocol'
import { isLasting } from '@freshet/kafka'
import { REVOCATIONS_TOPIC, type LogReader, type LogRecord } from '@freshet/wire'
import { readTailed, type TailedRecord } from '../../output/tokens/revocation-text.ts'

/** Options of tailing. */
export interface TailOptions {
  readonly fromBeginning: boolean
  /** Revocations after which it ends. */
  readonly limit: number | undefined
  /** True if checkpoints are printed, not only counted. */
  readonly checkpoints: boolean
  onRecord(record: TailedRecord): void
}

/** The number of records of each kind. */
export type TailCounts = Readonly<Record<TailedRecord['kind'], number>>

/**
 * Follows the revocation topic until the signal aborts or the limit is reached.
 *
 * @throws `broker.*` where a person has to end the trouble
 */
export async function tail(
  reader: LogReader,
  options: TailOptions,
  signal: AbortSignal,
): Promise<TailCounts> {
  const enough = new AbortController()
  const counts = { revocation: 0, map: 0, checkpoint: 0, unreadable: 0 }
  const bounds = await reader.bounds(REVOCATIONS_TOPIC)
  const from = bounds.map(
    ({ partition, earliest, end }) => [partition, options.fromBeginning ? earliest : end] as const,
  )
  const onRecords = (_partition: number, records: readonly LogRecord[]): void => {
    for (const record of records.map(readTailed)) {
      if (enough.signal.aborted) return
      counts[record.kind] += 1
      if (record.kind !== 'checkpoint' || options.checkpoints) options.onRecord(record)
      if (counts.revocation === options.limit) enough.abort()
    }
  }
  const onOffsetLost = (_partition: number, lost: { readonly earliest: bigint }): bigint =>
    lost.earliest
  let ended: FreshetError | undefined
  const onTrouble = (error: FreshetError): void => {
    if (!isLasting(error)) return
    ended ??= error
    enough.abort()
  }
  const until = AbortSignal.any([signal, enough.signal])
  const follower = { onRecords, onOffsetLost, onTrouble }
  await reader.follow(REVOCATIONS_TOPIC, new Map(from), follower, until)
  if (ended !== undefined) throw ended
  return counts
}
