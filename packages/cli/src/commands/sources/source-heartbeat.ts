import { setTimeout as wait } from 'node:timers/promises'
import { isForPeople, type OutputFormat } from '../../output/format.ts'
import { printable } from '../../output/printable.ts'
import { printTarget } from '../../context.ts'
import type { Shell } from '../../shell.ts'
import type { HeartbeatNews } from '../../sources/heartbeat-pace.ts'
import { sendHeartbeats } from '../../sources/heartbeats.ts'
import { sourceAccess, type SourceAccessOptions } from './source-access.ts'

/** The options of the command line. */
export interface SourceHeartbeatOptions extends Pick<
  SourceAccessOptions,
  'source' | 'gateway' | 'keyFile' | 'tenant'
> {
  readonly every: number
  readonly output: OutputFormat
}

/** Runs `freshet source beat` until the shell's signal aborts. @throws `CliError` where an option is missing */
export async function runSourceHeartbeat(
  shell: Shell,
  options: SourceHeartbeatOptions,
): Promise<void> {
  const { source, every: everyMs, output } = options
  const { key, gateway, tenant } = await sourceAccess(shell, options, ['tenant'])
  await printTarget(shell, gateway)
  const { signal } = shell
  await sendHeartbeats({
    key,
    gateway,
    tenants: tenant.split(',').map((name) => name.trim()),
    everyMs,
    signal,
    nowMs: () => Date.now(),
    sleep: (ms) => wait(ms, undefined, { signal }),
    onNews: (news) => {
      const at = new Date().toISOString()
      if (isForPeople(output)) shell.err(`${at} ${sentenceOf(source, news)}\n`)
      else shell.out(`${JSON.stringify({ at, source, ...news })}\n`)
    },
  })
}

function sentenceOf(source: string, { state, why }: HeartbeatNews): string {
  if (state === 'accepted') return `the gateway accepts the heartbeats of ${source}`
  return `a heartbeat of ${source} was not accepted, will retry: ${printable(why ?? '').slice(0, WHY_MAX)}`
}

/** The characters of a reason that one line shows. */
const WHY_MAX = 500
