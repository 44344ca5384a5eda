import type { Command } from '@commander-js/extra-typings'
import { CliError } from '../cli-error.ts'
import { consoleAccess, requireStack } from '../context.ts'
import { EXIT, Negative } from '../exit-code.ts'
import { consoleClient } from '../http/console-client.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
import { probeText } from '../output/probe-text.ts'
import type { Shell } from '../shell.ts'
import { readDuration } from './arguments.ts'

const WITHIN_MS = 10_000
const EVERY_MS = 25

/** `freshet probe …`: the whole way, walked once. */
export function addProbeCommands(program: Command, shell: Shell): void {
  const probe = program.command('probe').description('the whole way of a revocation, tried')
  probe
    .command('run')
    .description('have a token let in, take its value away, and wait until it is refused')
    .option('--url <url>', 'a protected route; default: every sidecar of the dev stack')
    .option('--audience <name>', 'of the token', 'payments')
    .option('--claim <name>', 'the claim whose value is taken away', 'groups')
    .option('--value <text>', 'the value that the route needs', 'payments-approvers')
    .option('--source <id>', 'who states it', 'hr')
    .option('--client <id>', 'who asks for the token', 'payments-web')
    .option('--timeout <duration>', 'how long each door may take', readDuration, WITHIN_MS)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output, url, timeout: withinMs, ...given }) => {
      const dev = await requireStack(shell)
      if (url !== undefined && !URL.canParse(url)) throw new CliError('usage', '--url is no URL.')
      const { sidecarDoor, urlDoor } = await import('../probe/probe-doors.ts')
      const { stackWorld } = await import('../probe/stack-world.ts')
      const { runProbe } = await import('@freshet/observatory')
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
