import type { Command } from '@commander-js/extra-typings'
import { CliError } from '../cli-error.ts'
import { consoleAccess, requireStack } from '../context.ts'
import { EXIT, Negative } from '../exit-code.ts'
import { consoleClient } from '../http/console-client.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
import { probeText } from '../output/stack/probe-text.ts'
import type { Shell } from '../shell.ts'
import { readDuration } from './arguments.ts'

const WITHIN_MS = 10_000
const EVERY_MS = 25

/** `freshet probe …`: the whole way, walked once. */
export function addProbeCommands(program: Command, shell: Shell): void {
  const probe = program.command('probe').description('test a revocation end to end')
  probe
    .command('run')
    .description(
      'present a token, remove its value at the source, and wait until every edge refuses it',
    )
    .option('--url <url>', 'URL of a protected route; default: every sidecar of the dev stack')
    .option('--audience <name>', 'audience of the token', 'payments')
    .option('--claim <name>', 'claim whose value is removed', 'groups')
    .option('--value <text>', 'value that the route requires', 'payments-approvers')
    .option('--source <id>', 'source that sends the change', 'hr')
    .option('--client <id>', 'client that requests the token', 'payments-web')
    .option(
      '--timeout <duration>',
      'longest time for each edge or URL to refuse',
      readDuration,
      WITHIN_MS,
    )
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output, url, timeout: withinMs, ...given }) => {
      const dev = await requireStack(shell)
      if (url !== undefined && !URL.canParse(url)) throw new CliError('usage', '--url is no URL.')
      const { sidecarDoor, urlDoor } = await import('../probe/probe-doors.ts')
      const { stackWorld } = await import('../probe/stack-world.ts')
      const { runProbe } = await import('@freshet/insight')
      const { systemClock: clock } = await import('@freshet/runtime')
      const sidecars = ['sidecar', 'sidecar:2'] as const
      const doors =
        url === undefined
          ? sidecars.map((name) => sidecarDoor(name, dev[name].url, given))
          : [urlDoor(url)]
      const subject = `freshet-probe-${clock.nowMs().toString(36)}`
      const client = consoleClient(await consoleAccess(shell))
      const { signal } = shell
      const world = stackWorld(dev, { ...given, subject, doors, console: client, signal })
      const data = await runProbe(world, { clock, withinMs, everyMs: EVERY_MS, signal })
      show(shell, output, { data, text: () => probeText(data) })
      if (data.broken !== null) throw new Negative(EXIT.unhealthy)
    })
}
