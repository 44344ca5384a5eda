import type { Command } from '@commander-js/extra-typings'
import type { ProbeRun, ProbeStep } from '@freshet/insight'
import { EXIT, Negative } from '../exit-code.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
import { printable } from '../output/printable.ts'
import { withProgress } from '../output/progress.ts'
import { tableOf, type TableColumn } from '../output/table.ts'
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

const COLUMNS: readonly TableColumn[] = [
  { heading: 'STEP' },
  { heading: '+MS', align: 'right' },
  { heading: 'CLOCK' },
]

const STEP_TEXTS: Readonly<Record<ProbeStep, string>> = {
  grant: 'granted',
  mint: 'token minted',
  allowed: 'allowed',
  accept: 'removal accepted',
  append: 'removal appended',
  record: 'removal recorded',
  publish: 'revocation published',
  apply: 'applied',
  denied: 'refused',
  restore: 'restored',
}

/**
 * The way as a waterfall, each step with the milliseconds since the first and the clock that was read: clocks of
 * different machines differ, so times may step back.
 */
export function probeText({ change, marks, broken, tookMs }: ProbeRun): string {
  const start = marks[0]?.atMs ?? 0
  const rows = marks.map(({ step, at, atMs, clock }) => [
    nameOf(step, at),
    String(Math.round(atMs - start)),
    clock,
  ])
  const table = rows.length === 0 ? [] : [tableOf(COLUMNS, rows)]
  const took =
    tookMs === null
      ? []
      : [`refused everywhere ${Math.round(tookMs)} ms after the removal was sent`]
  const end =
    broken === null
      ? 'every step succeeded'
      : `broken: ${nameOf(broken.step, broken.at)}: ${broken.why}`
  const next = broken === null || change === null ? [] : [`next: freshet change explain ${change}`]
  return [...table, ...took, printable(end), ...next].join('\n')
}

function nameOf(step: ProbeStep, at: string | null): string {
  return at === null ? STEP_TEXTS[step] : printable(`${STEP_TEXTS[step]} at ${at}`)
}
