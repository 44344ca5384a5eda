import { setTimeout as wait } from 'node:timers/promises'
import { Option, type Command } from '@commander-js/extra-typings'
import type { CheckResult } from '../doctor/check.ts'
import type { DoctorOptions } from '../doctor/target.ts'
import { EXIT, Negative } from '../exit-code.ts'
import { SERVED } from '../installation/service-names.ts'
import { commandName, asTyped } from '../output/as-typed.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
import { printable } from '../output/printable.ts'
import type { Colors } from '../output/view.ts'
import type { Shell } from '../shell.ts'
import { readDuration } from './arguments.ts'

const API_VERSION = 'freshet.dev/v1'
const SERVICES = SERVED.map(({ service }) => service)
/** `--wait` without a time. */
const WAIT_MS = 60_000

/** `freshet doctor`: what is wrong, what that means, and what to do about it. */
export function addDoctorCommand(program: Command, shell: Shell): void {
  program
    .command('doctor')
    .description('check everything and name each fault with its fix; exit code 10 if there is one')
    .option('--registry <file>', 'registry file; default: the dev stack')
    .option('--issuer <url>', 'issuer URL of the authority; default: the dev stack')
    .option('--gateway <url>', 'URL of a gateway; default: the dev stack')
    .option('--development', 'accept a single broker, as the dev stack has')
    .addOption(
      new Option('--service <name>', 'also check the start of this service').choices(SERVICES),
    )
    .option(
      '--wait [duration]',
      'repeat the checks until all pass, or until this time is over; default: 60s',
      readDuration,
    )
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .addHelpText('after', HELP)
    .action(async ({ output, wait: waitMs, ...options }) => {
      const items = await examine(shell, options, waitMs === true ? WAIT_MS : (waitMs ?? 0))
      const healthy = items.every(({ outcome }) => outcome !== 'failed')
      const data = { apiVersion: API_VERSION, healthy, checks: items }
      const text = (): string => doctorText(items, shell.colors, commandName(shell.env))
      await show(shell, output, { data, items, text })
      if (!healthy) throw new Negative(EXIT.unhealthy)
    })
}

const HELP = `
This command checks the dev stack here, or the parts that KAFKA_BROKERS,
DATABASE_URL, FRESHET_URL and FRESHET_TOKEN name. It reports parts without a
name as not checked. It changes nothing. With --wait, stderr shows the failing
checks; exit code and output belong to the last run of the checks. With
--service, the environment is that of the service: its variables, files,
address, and its rights on topics.
`

async function examine(
  shell: Shell,
  options: DoctorOptions,
  waitMs: number,
): Promise<readonly CheckResult[]> {
  const { allChecks } = await import('../doctor/all-checks.ts')
  const { runChecks } = await import('../doctor/check.ts')
  const { untilWell } = await import('../doctor/until-well.ts')
  using over = endOf(shell.signal, waitMs)
  return await untilWell({
    check: async () => runChecks(await allChecks(shell, options)),
    until: over.signal,
    pause: (ms, signal) => wait(ms, undefined, { signal }).catch(() => {}),
    report: (failed) => shell.err(`Waiting for: ${failed.join(', ')}\n`),
  })
}

/**
 * A signal at the end of the time, or of the wish to wait. It is made by hand: the garbage collector can
 * remove the result of `AbortSignal.any` and `timeout` before it fires.
 */
function endOf(wish: AbortSignal, waitMs: number): Disposable & { readonly signal: AbortSignal } {
  const over = new AbortController()
  const end = (): void => over.abort()
  if (wish.aborted || waitMs === 0) end()
  const timer = setTimeout(end, waitMs)
  wish.addEventListener('abort', end, { once: true })
  return {
    signal: over.signal,
    [Symbol.dispose]() {
      clearTimeout(timer)
      wish.removeEventListener('abort', end)
    },
  }
}

/** The checks by group, each failure with its meaning and its fix, in which `command` starts commands. */
export function doctorText(
  results: readonly CheckResult[],
  colors: Colors,
  command = 'freshet',
): string {
  const groups = [...new Set(results.map(({ group }) => group))]
  const sections = groups.map((group) =>
    [
      colors.bold(group),
      ...results
        .filter((result) => result.group === group)
        .flatMap((result) => lines(result, colors, command)),
    ].join('\n'),
  )
  return [...sections, summaryOf(results)].join('\n\n')
}

function lines(
  { title, outcome, detail, means, fix }: CheckResult,
  colors: Colors,
  command: string,
): readonly string[] {
  const text = printable(`${title}: ${detail}`)
  return [
    `  ${marks[outcome](colors)} ${outcome === 'skipped' ? colors.dim(text) : text}`,
    ...(means === undefined ? [] : [`      means: ${printable(means)}`]),
    ...(fix === undefined ? [] : [`      fix:   ${printable(asTyped(fix, command))}`]),
  ]
}

const marks: Readonly<Record<CheckResult['outcome'], (colors: Colors) => string>> = {
  ok: (colors) => colors.green('✓'),
  warning: (colors) => colors.yellow('!'),
  failed: (colors) => colors.red('✗'),
  skipped: (colors) => colors.dim('-'),
}

function summaryOf(results: readonly CheckResult[]): string {
  const count = (outcome: CheckResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length
  const parts = [`${count('ok')} ok`, `${count('warning')} to look at`, `${count('failed')} failed`]
  const skipped = count('skipped')
  return [...parts, ...(skipped === 0 ? [] : [`${skipped} not checked`])].join(', ')
}
