import type { Command } from '@commander-js/extra-typings'
import { findStack } from '../../context.ts'
import { CLI_VERSION } from '../../installation/cli-version.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../../output/format.ts'
import { versionText } from '../../output/client/version-text.ts'
import type { Shell } from '../../shell.ts'
import { servicesOf } from '../../stack/dev-file.ts'
import { askServices } from '../../status/ask-services.ts'

/** The services that the environment can name, each by its variable. */
const VARIABLES: Readonly<Record<string, string>> = {
  console: 'FRESHET_URL',
  gateway: 'FRESHET_GATEWAY_URL',
  authority: 'FRESHET_ISSUER',
  sidecar: 'FRESHET_SIDECAR_URL',
}

/** `freshet version`: the version of this program, and of each service that it knows. */
export function addVersionCommand(program: Command, shell: Shell): void {
  program
    .command('version')
    .description('print the version of this program and of the services')
    .option('--client', 'ask no service')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ client, output }) => {
      const services = await askServices(client === true ? {} : await addresses(shell))
      const data = { client: CLI_VERSION, services }
      await show(shell, output, { data, items: services, text: () => versionText(data) })
    })
}

/** The services of the stack here, else those that the environment names. */
async function addresses(shell: Shell): Promise<Readonly<Record<string, string>>> {
  const found = await findStack(shell)
  if (found) return servicesOf(found.dev)
  const named = Object.entries(VARIABLES).map(([service, variable]) => {
    return [service, shell.env[variable] ?? ''] as const
  })
  return Object.fromEntries(named.filter(([, url]) => URL.canParse(url)))
}
