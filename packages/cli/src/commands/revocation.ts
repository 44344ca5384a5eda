import type { Command } from '@commander-js/extra-typings'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat } from '../output/format.ts'
import type { TailedRecord } from '../output/revocation-text.ts'
import type { Shell } from '../shell.ts'
import { withKafka } from '../with-kafka.ts'
import { readCount } from './arguments.ts'
import type { TailCounts } from './tail-revocations.ts'

/** `freshet revocation …`: what edges are told. */
export function addRevocationCommands(program: Command, shell: Shell): void {
  const revocation = program.command('revocation').description('revocations: what edges are told')
  revocation
    .command('tail')
    .description('revocations as they are published, until Ctrl-C; signatures are not checked')
    .option('--from-beginning', 'what the topic still holds, too')
    .option('--limit <n>', 'end after so many revocations', readCount)
    .option('--checkpoints', 'the checkpoints between them, too')
    .option(OUTPUT_FLAGS, `${OUTPUT_HELP}; json is jsonl here`, readFormat, 'table')
    .action(async ({ output, ...options }) => {
      const { describeRecord, recordJson } = await import('../output/revocation-text.ts')
      const { tail } = await import('./tail-revocations.ts')
      const onRecord = (record: TailedRecord): void => {
        const line =
          output === 'table' ? describeRecord(record) : JSON.stringify(recordJson(record))
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
