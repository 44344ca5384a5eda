import type { Command } from '@commander-js/extra-typings'
import { REVOCATIONS_TOPIC, type LogReader, type LogRecord } from '@freshet/events'
import { createKafka } from '@freshet/kafka'
import { brokersOf } from '../context.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat } from '../output/format.ts'
import {
  describeRecord,
  readTailed,
  recordJson,
  type TailedRecord,
} from '../output/revocation-text.ts'
import type { Shell } from '../shell.ts'
import { readCount } from './arguments.ts'

/** How to tail. */
export interface TailOptions {
  readonly fromBeginning: boolean
  /** Revocations after which it ends. */
  readonly limit: number | undefined
  onRecord(record: TailedRecord): void
}

/** `freshet revocation …`: what edges are told. */
export function addRevocationCommands(program: Command, shell: Shell): void {
  const revocation = program.command('revocation').description('revocations: what edges are told')
  revocation
    .command('tail')
    .description('revocations as they are published, until Ctrl-C; signatures are not checked')
    .option('--from-beginning', 'what the topic still holds, too')
    .option('--limit <n>', 'end after so many', readCount)
    .option(OUTPUT_FLAGS, `${OUTPUT_HELP}; json is jsonl here`, readFormat, 'table')
    .action(async ({ fromBeginning = false, limit, output }) => {
      const { brokers } = await brokersOf(shell)
      const kafka = createKafka({ brokers, clientId: 'freshet-cli' })
      const onRecord = (record: TailedRecord): void => {
        const line =
          output === 'table' ? describeRecord(record) : JSON.stringify(recordJson(record))
        shell.out(`${line}\n`)
      }
      try {
        const counted = await tail(kafka.reader(), { fromBeginning, limit, onRecord }, shell.signal)
        shell.err(`${summary(counted)}\n`)
      } finally {
        await kafka.close()
      }
    })
}

/** How many of each kind went by. */
export type TailCounts = Readonly<Record<TailedRecord['kind'], number>>

/** Follows the revocation topic until the signal aborts or the limit is reached. */
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
      if (record.kind !== 'checkpoint') options.onRecord(record)
      if (counts.revocation === options.limit) enough.abort()
    }
  }
  const onOffsetLost = (_partition: number, lost: { readonly earliest: bigint }): bigint =>
    lost.earliest
  const until = AbortSignal.any([signal, enough.signal])
  await reader.follow(REVOCATIONS_TOPIC, new Map(from), { onRecords, onOffsetLost }, until)
  return counts
}

function summary({ revocation, map, checkpoint, unreadable }: TailCounts): string {
  const known = [`revocations: ${revocation}`, `checkpoints: ${checkpoint}`, `claim maps: ${map}`]
  return [...known, ...(unreadable === 0 ? [] : [`unreadable: ${unreadable}`])].join(', ')
}
