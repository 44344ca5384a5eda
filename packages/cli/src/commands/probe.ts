import type { Command } from '@commander-js/extra-typings'
import { EXIT, Negative } from '../exit-code.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
import { probeText } from '../output/stack/probe-text.ts'
import { withProgress } from '../output/progress.ts'
import type { Shell } from '../shell.ts'
import {
  CLIENT_SECRET_HELP,
  collect,
  IDP_KEY_HELP,
  ISSUER_HELP,
  KEY_FILE_HELP,
  readDuration,
  SOURCE_GATEWAY_HELP,
} from './arguments.ts'

const WITHIN_MS = 10_000

/** `freshet probe …`: sends one revocation from its source to the edges. */
export function addProbeCommands(program: Command, shell: Shell): void {
  const probe = program.command('probe').description('test a revocation end to end')
  probe
    .command('run')
    .description(
      'present a token, remove its value at the source, and wait until every edge refuses it',
    )
    .option('--url <url>', 'URL of a protected route; default: every sidecar of the dev stack')
    .option(
      '--sidecar <url>',
      'URL of a sidecar; repeat the option for several; default: as above, else FRESHET_SIDECAR_URL',
      collect,
      [],
    )
    .option('--allow-plaintext', 'send the token to an http address of another machine')
    .option('--audience <name>', 'audience of the token', 'payments')
    .option('--claim <name>', 'claim whose value is removed', 'groups')
    .option('--value <text>', 'value that the route requires', 'payments-approvers')
    .option('--source <id>', 'source that sends the change', 'hr')
    .option('--gateway <url>', SOURCE_GATEWAY_HELP)
    .option('--key-file <path>', KEY_FILE_HELP)
    .option('--tenant <id>', 'tenant; default: the one of the dev stack')
    .option('--iss <url>', 'identity provider of the subject; default: the one of the dev stack')
    .option('--idp-key-file <path>', IDP_KEY_HELP)
    .option('--issuer <url>', ISSUER_HELP)
    .option('--client <id>', 'client that requests the token', 'payments-web')
    .option('--client-secret-file <path>', CLIENT_SECRET_HELP)
    .option(
      '--timeout <duration>',
      'longest time for each edge or URL to refuse',
      readDuration,
      WITHIN_MS,
    )
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output, timeout: withinMs, ...options }) => {
      const { probeOnce } = await import('../probe/probe-once.ts')
      const data = await withProgress(shell, 'waiting until every edge refuses', () =>
        probeOnce(shell, options, withinMs),
      )
      await show(shell, output, { data, text: () => probeText(data) })
      if (data.broken !== null) throw new Negative(EXIT.unhealthy)
    })
}
