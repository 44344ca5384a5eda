import type { Command } from '@commander-js/extra-typings'
import { CliError } from '../cli-error.ts'
import { consoleAccess, gatewayAccess, requireStack } from '../context.ts'
import { consoleClient } from '../http/console-client.ts'
import { postClosing, postOpening } from '../http/gateway-client.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
import { openingsText } from '../output/status-text.ts'
import type { Shell } from '../shell.ts'

const GATEWAY_HELP = 'default: that of the dev stack; beyond it with FRESHET_TOKEN'
const TENANT_HELP = 'default: the tenant of the dev stack'

/** `freshet break-glass …`: lets in for a while what nobody can vouch for. */
export function addBreakGlassCommands(program: Command, shell: Shell): void {
  const breakGlass = program
    .command('break-glass')
    .description(
      'let in, for a while, what is unverified of a claim on a route; never what is stale',
    )
  addOpen(breakGlass, shell)
  addClose(breakGlass, shell)
  addList(breakGlass, shell)
}

function addOpen(breakGlass: Command, shell: Shell): void {
  breakGlass
    .command('open')
    .description('open a route for a claim; it closes by itself')
    .requiredOption('--audience <name>', 'of the route')
    .requiredOption('--route <name>', 'as the registry has it, like `POST /approve`')
    .requiredOption('--claim <name>', 'that is unverified')
    .requiredOption('--for <duration>', 'like 30m, at most breakGlass.maxFor of the registry')
    .requiredOption('--reason <text>', 'why, for the audit and for everybody who looks')
    .option('--tenant <id>', TENANT_HELP)
    .option('--gateway <url>', GATEWAY_HELP)
    .option('--dry-run', 'tell whether it would be taken, and until when, and open nothing')
    .option('--yes', 'do not ask before')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output, gateway, tenant, dryRun, yes, ...asked }) => {
      const access = await gatewayAccess(shell, gateway)
      const order = { ...asked, tenant: tenant ?? (await requireStack(shell)).tenant }
      const plan = await postOpening(access, order, true)
      const until = 'opens' in plan ? plan.opens.until : ''
      if (dryRun === true) {
        return show(shell, output, { data: plan, text: () => `would be open until ${until}` })
      }
      await confirm(shell, yes === true, `Let in what is unverified until ${until}`)
      const data = await postOpening(access, order, false)
      show(shell, output, {
        data,
        text: () => `${'id' in data ? data.id : ''} is open until ${until}`,
      })
    })
}

/** Where nobody can be asked, the word must have been given. */
async function confirm(shell: Shell, isSaid: boolean, what: string): Promise<void> {
  if (isSaid) return
  const next = 'add --yes, or --dry-run to see until when it would be open'
  if (!shell.isInteractive)
    throw new CliError('usage', 'Nothing is opened without being asked for twice.', { next })
  if (/^y(es)?$/i.test((await shell.ask(`${what}? [y/N] `)).trim())) return
  throw new CliError('usage', 'Nothing was opened.')
}

function addClose(breakGlass: Command, shell: Shell): void {
  breakGlass
    .command('close')
    .description('end an opening before its time')
    .argument('<id>', 'as `freshet break-glass ls` shows it')
    .requiredOption('--reason <text>', 'why, for the audit')
    .option('--tenant <id>', TENANT_HELP)
    .option('--gateway <url>', GATEWAY_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (id, { output, gateway, tenant, reason }) => {
      const access = await gatewayAccess(shell, gateway)
      const order = { tenant: tenant ?? (await requireStack(shell)).tenant, reason }
      const data = await postClosing(access, id, order)
      show(shell, output, { data, text: () => `${id} is closed by ${data.id}` })
    })
}

function addList(breakGlass: Command, shell: Shell): void {
  breakGlass
    .command('ls')
    .description('what is open, until when, by whom and why')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output }) => {
      const { openings } = await consoleClient(await consoleAccess(shell)).status()
      const text = (): string =>
        openings.length === 0 ? 'nothing is open' : openingsText(openings)
      show(shell, output, { data: { items: openings }, items: openings, text })
    })
}
