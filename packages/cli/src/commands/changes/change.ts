import type { TimelineJson } from '@freshet/insight/answers'
import type { Command } from '@commander-js/extra-typings'
import { CliError } from '../../cli-error.ts'
import { consoleAccess, printTarget } from '../../context.ts'
import { EXIT, Negative } from '../../exit-code.ts'
import { consoleClient } from '../../http/console-client.ts'
import {
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  readFormat,
  show,
  type OutputFormat,
} from '../../output/format.ts'
import { acceptedText } from '../../output/changes/accepted-text.ts'
import { isIneffective, waterfallText } from '../../output/changes/waterfall.ts'
import { withProgress } from '../../output/progress.ts'
import type { View } from '../../output/view.ts'
import type { Shell } from '../../shell.ts'
import {
  collect,
  KEY_FILE_HELP,
  oneOf,
  readDuration,
  readNumber,
  SOURCE_GATEWAY_HELP,
} from '../arguments.ts'
import { awaitChange, type AwaitedState } from './await-change.ts'
import { addChangeList, addChangeTail } from './change-lists.ts'
import { OPS } from './change-to-emit.ts'
import type { AcceptedAnswer, Emission } from './emit-change.ts'

const AWAITED: readonly AwaitedState[] = ['recorded', 'published', 'applied']
const WAIT_MS = 10_000
/** Outcomes of a change that was not taken as it was sent. */
const REFUSED: readonly string[] = ['quarantined', 'doubtful', 'held']

/** `freshet change …`: sends changes of a source, and explains their progress. */
export function addChangeCommands(program: Command, shell: Shell): void {
  const change = program.command('change').description('list, follow, explain and send changes')
  addChangeList(change, shell)
  addChangeTail(change, shell)
  addEmit(change, shell)
  change
    .command('explain')
    .description('show each step of a change with its time and clock')
    .argument('<id>', 'id of the change')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (id, { output }) => {
      const data = await consoleClient(await consoleAccess(shell)).change(id)
      if (!data) {
        throw new CliError('notFound', `No change ${id} is known.`, {
          why: 'no source sent it, or the reconciler has not recorded it yet',
          next: 'freshet subject get SUB, which lists the recent ones',
        })
      }
      const text = (view: View): string =>
        data.items.map((item) => waterfallText(item, view)).join('\n\n')
      await show(shell, output, { data, items: data.items, isProse: true, text })
    })
}

function addEmit(change: Command, shell: Shell): void {
  change
    .command('emit')
    .description('send a change as a source, signed with its key')
    .requiredOption('--source <id>', 'source that sends the change')
    .requiredOption('--op <op>', OPS.join(', '), oneOf(OPS))
    .option('--subject <sub>', 'subject of the change; none for value-withdrawn')
    .option('--claim <name>', 'claim of the change; none for account events')
    .option('--value <text>', 'value of the claim; repeat the option for several', collect, [])
    .option('--id <id>', 'id of the event; default: a new one')
    .option(
      '--sequence <n>',
      'sequence number of a dense source; default: the next one',
      readNumber,
    )
    .option('--tenant <id>', 'tenant; default: the one of the dev stack')
    .option('--iss <url>', 'identity provider of the subject; default: the one of the dev stack')
    .option('--gateway <url>', SOURCE_GATEWAY_HELP)
    .option('--key-file <path>', `${KEY_FILE_HELP}; elsewhere --tenant and --iss are needed`)
    .option('--wait <state>', AWAITED.join(', '), oneOf(AWAITED))
    .option('--timeout <duration>', 'longest time to wait', readDuration, WAIT_MS)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output, wait: state, timeout: timeoutMs, value: values, ...given }) => {
      const { emitChange } = await import('./emit-change.ts')
      const { sourceAccess } = await import('../sources/source-access.ts')
      const { source, subject, op, claim, id, sequence } = given
      const needs = subject === undefined ? (['tenant'] as const) : (['tenant', 'iss'] as const)
      const access = await sourceAccess(shell, given, needs)
      const { tenant, iss } = access
      const emission: Emission = { source, tenant, id, sequence, iss, subject, op, claim, values }
      await printTarget(shell, access.gateway)
      const accepted = await emitChange(emission, access)
      if (state === undefined) return showAccepted(shell, output, accepted)
      const awaited = { id: accepted.id, source, tenant, state, timeoutMs }
      const client = consoleClient(await consoleAccess(shell))
      const found = await withProgress(shell, `waiting until ${accepted.id} is ${state}`, () =>
        awaitChange(awaited, client, shell.signal),
      )
      await showChange(shell, output, found)
    })
}

async function showAccepted(
  shell: Shell,
  output: OutputFormat,
  accepted: AcceptedAnswer,
): Promise<void> {
  await show(shell, output, { data: accepted, text: () => acceptedText(accepted) })
}

async function showChange(shell: Shell, output: OutputFormat, change: TimelineJson): Promise<void> {
  await show(shell, output, { data: change, text: (view) => waterfallText(change, view) })
  if (isIneffective(change)) throw new Negative()
  if (!REFUSED.includes(change.outcome)) return
  shell.err(`freshet: the change was not taken as it was sent: ${change.outcome}\n`)
  throw new Negative(EXIT.error)
}
