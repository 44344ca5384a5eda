import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from '@commander-js/extra-typings'
import type { Status } from '@freshet/insight/answers'
import { consoleAccess, gatewayAccess } from '../../context.ts'
import { consoleClient, type ConsoleClient } from '../../http/console-client.ts'
import {
  askActivation,
  orderActivation,
  orderRegistry,
  type ActivationPlan,
  type GatewayAccess,
} from '../../http/gateway-client.ts'
import { differencesText, minimumAdvice } from '../../output/registry/differences-text.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show, type Shown } from '../../output/format.ts'
import { withProgress } from '../../output/progress.ts'
import type { Shell } from '../../shell.ts'
import { GATEWAY_HELP, readDuration, readWhole } from '../arguments.ts'
import { numberOf } from '../../output/number-of.ts'
import { CliError } from '../../cli-error.ts'
import { EXIT, exitCodeOf } from '../../exit-code.ts'

const WAIT_MS = 10_000

/** `freshet registry publish` and `activate`: another policy version for a running stack. */
export function addPublishCommands(registry: Command, shell: Shell): void {
  registry
    .command('publish')
    .description('store a version of the registry for good, and show its changes')
    .argument('<file>', 'registry file (YAML), beside the key files that it names')
    .option('--dry-run', 'only show the changes')
    .option('--gateway <url>', GATEWAY_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (file, { dryRun = false, gateway, output }) => {
      const access = await gatewayAccess(shell, gateway)
      const { loadRegistry } = await import('@freshet/runtime')
      const { checkPolicies } = await import('@freshet/cedar')
      const { document } = await loadRegistry(file, checkPolicies)
      const data = await orderRegistry(access, document, dryRun)
      const { pv, isNew, against, differences } = data
      const done = isNew ? 'is published' : 'was published before'
      const isActive = !isNew && pv === against.pv && differences.length === 0
      const activeText = `version ${pv} is active already, and the file has no difference to it\nnext: raise version in the file with each change`
      const text = (): string =>
        isActive
          ? activeText
          : [
              `version ${pv} ${dryRun ? 'is not published yet' : done}; against version ${against.pv}:`,
              differencesText(differences),
              ...(dryRun ? [] : [`next: ${minimumAdvice(differences, pv)}`]),
            ].join('\n')
      await show(shell, output, { data, items: differences, text })
    })
  registry
    .command('activate')
    .description('activate a published version in every process, without a restart')
    .argument('<version>', 'number of the version', readWhole)
    .requiredOption('--reason <text>', 'reason; it is stored with your name')
    .option('--minimum <version>', 'make tokens of lower versions stale', readWhole, 0)
    .option('--dry-run', 'only show the changes and the tokens that they touch')
    .option('--wait', 'wait until every partition uses it')
    .option('--timeout <duration>', 'longest time to wait', readDuration, WAIT_MS)
    .option('--gateway <url>', GATEWAY_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (pv, { minimum, reason, dryRun, gateway, output, ...waiting }) => {
      const access = await gatewayAccess(shell, gateway)
      const order = { op: 'activate', pv, minimum, reason }
      const shown = dryRun
        ? planShown(await askActivation(access, order))
        : await activated(shell, access, { order, pv, ...waiting })
      await show(shell, output, shown)
    })
}

function planShown(data: ActivationPlan): Shown {
  const { differences, touches } = data
  const stale = `makes ${numberOf(touches.tokens, 'outstanding token')} of ${numberOf(touches.subjects, 'subject')} stale`
  return { data, text: () => `${stale}\n${differencesText(differences)}` }
}

interface Activating {
  readonly order: object
  readonly pv: number
  readonly wait?: true | undefined
  readonly timeout: number
}

async function activated(
  shell: Shell,
  access: GatewayAccess,
  { order, pv, wait, timeout: timeoutMs }: Activating,
): Promise<Shown> {
  const data = await orderActivation(access, order)
  if (!wait)
    return { data, text: () => `version ${pv} is activated: ${data.id} is in every partition` }
  const client = consoleClient(await consoleAccess(shell))
  await withProgress(shell, `waiting until version ${pv} is active everywhere`, () =>
    awaitVersion({ pv, timeoutMs }, client, shell.signal),
  )
  return { data, text: () => `version ${pv} is active: every partition goes by it` }
}

const ASK_EVERY_MS = 100

/**
 * Asks the console until every partition goes by this policy version, or a later one. A console that
 * is away for a moment is asked again.
 *
 * @throws `CliError` unreachable when the time is over, naming the partitions that wait
 */
export async function awaitVersion(
  { pv, timeoutMs }: { readonly pv: number; readonly timeoutMs: number },
  client: Pick<ConsoleClient, 'status'>,
  signal: AbortSignal,
): Promise<void> {
  const over = AbortSignal.timeout(timeoutMs)
  const until = AbortSignal.any([signal, over])
  let waiting: readonly number[] | undefined
  for (;;) {
    waiting = (await partitionsBehind(pv, client)) ?? waiting
    if (waiting?.length === 0) return
    if (signal.aborted) throw new CliError('unreachable', 'The wait was interrupted.')
    if (over.aborted) throw late(pv, timeoutMs, waiting)
    await delay(ASK_EVERY_MS, undefined, { signal: until }).catch(() => {})
  }
}

/** `undefined` while the console does not answer. */
async function partitionsBehind(
  pv: number,
  client: Pick<ConsoleClient, 'status'>,
): Promise<readonly number[] | undefined> {
  try {
    return behind(pv, await client.status())
  } catch (error) {
    if (exitCodeOf(error) === EXIT.unreachable) return undefined
    throw error
  }
}

function behind(pv: number, { partitions }: Status): readonly number[] {
  return partitions.flatMap(({ partition, policyVersion }) =>
    policyVersion < pv ? [partition] : [],
  )
}

function late(pv: number, ms: number, waiting: readonly number[] | undefined): CliError {
  const message = `Not every partition went by version ${pv} within ${ms} ms.`
  const why =
    waiting === undefined
      ? 'the console does not answer'
      : `partition ${waiting.join(', ')} waits: see /readyz of the reconcilers`
  return new CliError('unreachable', message, { why, next: 'freshet doctor' })
}
