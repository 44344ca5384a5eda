import { setTimeout as wait } from 'node:timers/promises'
import type { Command } from '@commander-js/extra-typings'
import { consoleAccess, findStack } from '../context.ts'
import { EXIT, Negative } from '../exit-code.ts'
import type { ConsoleAccess } from '../http/console-client.ts'
import {
  isForPeople,
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  readFormat,
  show,
  type OutputFormat,
} from '../output/format.ts'
import { statusData, statusText, type ShownStatus } from '../output/status/status-text.ts'
import type { Shell } from '../shell.ts'
import { askStatus } from '../status/ask-status.ts'

const WATCH_EVERY_MS = 1_000
/** Moves to the top left and clears what is below. */
const CLEAR = '\u001b[H\u001b[J'

/** `freshet status`: everything on one screen. */
export function addStatusCommand(program: Command, shell: Shell): void {
  program
    .command('status')
    .description(
      'show whether claims are fresh, the causes if they are not, and the parts with a fault; exit code 10 unless fresh',
    )
    .option('--all', 'show every service, source, partition and edge')
    .option('--watch', 'repeat every second until Ctrl-C; with -o jsonl one line each time')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output, watch, all = false }) => {
      const form = { output, all }
      const access = await consoleAccess(shell)
      if (watch) return watchStatus(shell, access, form)
      const status = await ask(shell, access)
      await printStatus(shell, form, status)
      if (status.health.state !== 'fresh') throw new Negative(EXIT.unhealthy)
    })
}

async function ask(shell: Shell, access: ConsoleAccess): Promise<ShownStatus> {
  return askStatus(access, (await findStack(shell))?.dev)
}

/** The form of the output, and whether it has every row. */
interface Form {
  readonly output: OutputFormat
  readonly all: boolean
}

async function printStatus(
  shell: Shell,
  { output, all }: Form,
  status: ShownStatus,
): Promise<void> {
  const data = statusData(status)
  await show(shell, output, { data, text: (view) => statusText(status, view, all) })
}

async function watchStatus(
  shell: Shell,
  access: ConsoleAccess,
  { output, all }: Form,
): Promise<void> {
  while (!shell.signal.aborted) {
    const status = await ask(shell, access)
    // Only a terminal that shows colours is taken for one that can be cleared.
    if (isForPeople(output) && shell.colors.isColorSupported) shell.out(CLEAR)
    await printStatus(shell, { output: output === 'json' ? 'jsonl' : output, all }, status)
    await wait(WATCH_EVERY_MS, undefined, { signal: shell.signal }).catch(() => {})
  }
}
