import type { Command } from '@commander-js/extra-typings'
import { findStack } from '../../context.ts'
import { CLI_VERSION } from '../../installation/cli-version.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../../output/format.ts'
import { printable } from '../../output/printable.ts'
import type { Shell } from '../../shell.ts'
import { servicesOf } from '../../stack/dev-file.ts'
import { askServices, type ServiceStatus } from '../../status/ask-services.ts'

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

/** The version of this program, and of each service that was asked. */
interface FoundVersions {
  readonly client: string
  readonly services: readonly ServiceStatus[]
}

/** One line for this program, and one for each service. */
function versionText({ client, services }: FoundVersions): string {
  const width = Math.max(...['freshet', ...services.map(({ service }) => service)].map(lengthOf))
  return [
    `${'freshet'.padEnd(width)}  ${client}`,
    ...services.map(({ service, state, version }) => {
      const other = version !== null && version !== client ? ' (another version)' : ''
      return printable(`${service.padEnd(width)}  ${version ?? state}${other}`)
    }),
  ].join('\n')
}

function lengthOf(text: string): number {
  return text.length
}
