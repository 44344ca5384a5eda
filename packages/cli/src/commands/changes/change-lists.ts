import { setTimeout as wait } from 'node:timers/promises'
import type { LiveChange, TimelineJson } from '@freshet/insight/answers'
import { OUTCOMES } from '@freshet/protocol'
import type { Command } from '@commander-js/extra-typings'
import { consoleAccess } from '../../context.ts'
import { consoleClient } from '../../http/console-client.ts'
import {
  isForPeople,
  NO_HEADERS_HELP,
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  readFormat,
  show,
} from '../../output/format.ts'
import { PLAIN_VIEW, type View } from '../../output/view.ts'
import type { Shell } from '../../shell.ts'
import { oneOf, readCount, readMoment } from '../arguments.ts'

/** Changes that the console lists at most. */
const LIST_MAX = 100
const LIST_DEFAULT = 20

/** Adds `freshet change ls`. */
export function addChangeList(change: Command, shell: Shell): void {
  change
    .command('ls')
    .description('list the latest changes, newest first')
    .option('--trace <id>', 'changes of this trace: 32 hexadecimal digits')
    .option('--tenant <id>', 'changes of this tenant')
    .option('--source <id>', 'changes of this source')
    .option('--subject <sub>', 'changes of this subject; a viewer is refused')
    .option('--outcome <outcome>', OUTCOMES.join(', '), oneOf(OUTCOMES))
    .option(
      '--since <time>',
      'changes recorded since a time, or in the last 15m, 25h, 8d',
      readMoment,
    )
    .option('--probes', 'list the changes of probes, too')
    .option('--limit <n>', `changes to list, at most ${LIST_MAX}`, readCount, LIST_DEFAULT)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async ({ output, headers, limit, probes, since, ...filter }) => {
      const { changesText } = await import('../../output/changes/change-table.ts')
      const most = Math.min(limit, LIST_MAX)
      const query = {
        ...filter,
        ...(since !== undefined && { since: new Date(since).toISOString() }),
        limit: String(probes === true ? most : LIST_MAX),
      }
      const found = await consoleClient(await consoleAccess(shell)).changes(query)
      const wanted = found.items.filter(({ isProbe }) => probes === true || !isProbe)
      const items = (isForPeople(output) ? withoutRepeats(wanted) : wanted).slice(0, most)
      const text = (view: View): string => changesText(items, view)
      await show(shell, output, { data: { ...found, items }, items, headers, text })
    })
}

/** A change of all subjects is recorded once in each partition; a table shows the latest one. */
function withoutRepeats(items: readonly TimelineJson[]): readonly TimelineJson[] {
  const names = items.map(({ tenant, source, id }) => JSON.stringify([tenant, source, id]))
  return items.filter((_, at) => names.indexOf(names[at] ?? '') === at)
}

/** Adds `freshet change tail`. */
export function addChangeTail(change: Command, shell: Shell): void {
  change
    .command('tail')
    .description('print each step of new changes as it happens, until Ctrl-C')
    .option('--probes', 'print the changes of probes, too')
    .option('--limit <n>', 'end after this number of lines', readCount)
    .option(OUTPUT_FLAGS, `${OUTPUT_HELP}; all but table mean jsonl here`, readFormat, 'table')
    .action(async ({ output, probes, limit }) => {
      const { liveChangeLine } = await import('../../output/changes/change-table.ts')
      const { tailChanges } = await import('./tail-changes.ts')
      const client = consoleClient(await consoleAccess(shell))
      const view: View = { ...PLAIN_VIEW, colors: shell.colors }
      const onChange = (each: LiveChange): void => {
        const line = isForPeople(output) ? liveChangeLine(each, view) : JSON.stringify(each)
        shell.out(`${line}\n`)
      }
      const { signal } = shell
      const options = {
        probes: probes === true,
        limit,
        onChange,
        open: (lastId: string | undefined, until: AbortSignal) => client.stream(lastId, until),
        onGap: (why: string) => shell.err(`changes can be missing: ${why}\n`),
        pause: (ms: number) => wait(ms, undefined, { signal }).catch(() => {}),
      }
      await tailChanges(options, signal)
    })
}
