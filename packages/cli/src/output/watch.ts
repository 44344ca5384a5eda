import { setTimeout as wait } from 'node:timers/promises'
import type { Shell } from '../shell.ts'
import { isForPeople, type OutputFormat } from './format.ts'

/** The flag of a command that can repeat its answer. */
export const WATCH_FLAGS = '-w, --watch'

/** The help of the option. */
export const WATCH_HELP = 'repeat every second until Ctrl-C; json means jsonl then'

const EVERY_MS = 1_000
/** Moves to the top left and clears the screen below. */
const CLEAR = '\u001b[H\u001b[J'

/** Shows an answer once, or every second until the signal aborts. */
export async function showOnceOrWatch(
  shell: Shell,
  { output, watch }: { readonly output: OutputFormat; readonly watch: true | undefined },
  once: (output: OutputFormat) => Promise<void>,
): Promise<void> {
  if (watch !== true) return once(output)
  const repeated = output === 'json' ? 'jsonl' : output
  while (!shell.signal.aborted) {
    if (isForPeople(output) && shell.isTerminal) shell.out(CLEAR)
    await once(repeated)
    await wait(EVERY_MS, undefined, { signal: shell.signal }).catch(() => {})
  }
}
