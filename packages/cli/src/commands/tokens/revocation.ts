import type { Command } from '@commander-js/extra-typings'
import { isForPeople, OUTPUT_FLAGS, OUTPUT_HELP, readFormat } from '../../output/format.ts'
import type { TailedRecord } from '../../output/tokens/revocation-text.ts'
import type { Shell } from '../../shell.ts'
import { withKafka } from '../../with-kafka.ts'
import { readCount } from '../arguments.ts'
import type { TailCounts } from './tail-revocations.ts'

/** `freshet revocation …`: reads the revocations that edges receive. */
export function addRevocationCommands(program: Command, shell: Shell): void {
  const revocation = program
    .command('revocation')
    .description('read the revocations that edges receive')
  revocation
    .command('tail')
    .description(
      'print revocations as they are published, until Ctrl-C; signatures are not verified',
    )
    .option('--from-beginning', 'begin with the records that the topic still has')
    .option('--limit <n>', 'end after this number of revocations', readCount)
    .option('--checkpoints', 'print the checkpoints, too')
    .option(OUTPUT_FLAGS, `${OUTPUT_HELP}; json means jsonl here`, readFormat, 'table')
    .action(async ({ output, ...options }) => {
      const { describeRecord, recordJson } = await import('../../output/tokens/revocation-text.ts')
      const { tail } = await import('./tail-revocations.ts')
      const onRecord = (record: TailedRecord): void => {
        const line = isForPeople(output)
          ? describeRecord(record)
          : JSON.stringify(recordJson(record))
        shell.out(`${line}\n`)
      }
      const { fromBeginning = false, checkpoints = false, limit } = options
      const how = { fromBeginning, checkpoints, limit, onRecord }
      const counted = await withKafka(shell, ({ kafka }) => tail(kafka.reader(), how, shell.signal))
      shell.err(`${summary(counted)}\n`)
    })
}

function summary({ revocation, map, checkpoint, unreadable }: TailCounts): string {
  const known = [`revocations: ${revocation}`, `checkpoints: ${checkpoint}`, `claim maps: ${map}`]
  return [...known, ...(unreadable === 0 ? [] : [`unreadable: ${unreadable}`])].join(', ')
}
