import type { Command } from '@commander-js/extra-typings'
import { CliError } from '../../cli-error.ts'
import { consoleAccess, gatewayAccess, requireStack } from '../../context.ts'
import { consoleClient } from '../../http/console-client.ts'
import { orderClosing, orderGrant } from '../../http/gateway-client.ts'
import {
  NO_HEADERS_HELP,
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  readFormat,
  show,
} from '../../output/format.ts'
import { grantsText } from '../../output/stack/grants-text.ts'
import type { View } from '../../output/view.ts'
import type { Shell } from '../../shell.ts'
import { GATEWAY_HELP } from '../arguments.ts'

const TENANT_HELP = 'tenant; default: the one of the dev stack'

/** `freshet break-glass …`: opens a route for a limited time although a claim is unverified. */
export function addBreakGlassCommands(program: Command, shell: Shell): void {
  const breakGlass = program
    .command('break-glass')
    .description(
      'open a route for a limited time although a claim is unverified; stale tokens stay refused',
    )
  addOpen(breakGlass, shell)
  addClose(breakGlass, shell)
  addList(breakGlass, shell)
}

function addOpen(breakGlass: Command, shell: Shell): void {
  breakGlass
    .command('open')
    .description('open a route for one claim; the grant ends by itself')
    .requiredOption('--audience <name>', 'audience of the route')
    .requiredOption('--route <name>', 'route as the registry names it, like `POST /approve`')
    .requiredOption('--claim <name>', 'claim that is unverified')
    .requiredOption(
      '--for <duration>',
      'duration like 30m, at most breakGlass.maxFor of the registry',
    )
    .requiredOption('--reason <text>', 'reason for the audit log; every viewer can read it')
    .option('--tenant <id>', TENANT_HELP)
    .option('--gateway <url>', GATEWAY_HELP)
    .option('--dry-run', 'show whether the grant would be accepted, and its end; open nothing')
    .option('--yes', 'skip the confirmation question')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output, gateway, tenant, dryRun, yes, ...asked }) => {
      const access = await gatewayAccess(shell, gateway)
      const order = { ...asked, tenant: tenant ?? (await requireStack(shell)).tenant }
      const plan = await orderGrant(access, order, true)
      const until = 'opens' in plan ? plan.opens.until : ''
      if (dryRun === true) {
        return await show(shell, output, { data: plan, text: () => `would be open until ${until}` })
      }
      await confirm(shell, yes === true, `Let in what is unverified until ${until}`)
      const data = await orderGrant(access, order, false)
      await show(shell, output, {
        data,
        text: () => `${'id' in data ? data.id : ''} is open until ${until}`,
      })
    })
}

/** Without a terminal there is no question, so `--yes` is required. */
async function confirm(shell: Shell, isConfirmed: boolean, what: string): Promise<void> {
  if (isConfirmed) return
  const next = 'add --yes, or --dry-run to see until when it would be open'
  if (!shell.isInteractive)
    throw new CliError('usage', 'Opening a route needs a confirmation.', { next })
  if (/^y(es)?$/i.test((await shell.ask(`${what}? [y/N] `)).trim())) return
  throw new CliError('usage', 'Nothing was opened.')
}

function addClose(breakGlass: Command, shell: Shell): void {
  breakGlass
    .command('close')
    .description('end a break-glass grant early')
    .argument('<id>', 'id as `freshet break-glass ls` shows it')
    .requiredOption('--reason <text>', 'reason for the audit log')
    .option('--tenant <id>', TENANT_HELP)
    .option('--gateway <url>', GATEWAY_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (id, { output, gateway, tenant, reason }) => {
      const access = await gatewayAccess(shell, gateway)
      const order = { tenant: tenant ?? (await requireStack(shell)).tenant, reason }
      const data = await orderClosing(access, id, order)
      await show(shell, output, { data, text: () => `${id} is closed by ${data.id}` })
    })
}

function addList(breakGlass: Command, shell: Shell): void {
  breakGlass
    .command('ls')
    .description('list the grants in force: end, admin and reason')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async ({ output, headers }) => {
      const { openings } = await consoleClient(await consoleAccess(shell)).status()
      const text = (view: View): string =>
        openings.length === 0 ? 'no grant is in force' : grantsText(openings, view)
      await show(shell, output, { data: { items: openings }, items: openings, headers, text })
    })
}
