import type { Command } from '@commander-js/extra-typings'
import type { InstallationResult } from '../../installation/init-installation.ts'
import type { NextCommand } from '../../installation/next-commands.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../../output/format.ts'
import type { Shell } from '../../shell.ts'
import { readPort } from '../arguments.ts'

const FIRST_PORT = 7_070

const HELP = `
The folder gets a registry with one source and one claim, all keys, an admin
token, and an environment file for each service. Private keys and secrets are in
its folder secrets, readable by you alone. The command replaces no file.
KAFKA_TLS_CA_FILE and other KAFKA_TLS variables go into every environment file.
With --logins, an administrator of the stores runs two of the files, which
create the logins. The console probes the whole path in a tenant of its own,
unless you choose --no-probes. The command prints the next commands in their
order; docs/production.md explains them.
`

/** `freshet init DIR`: writes the configuration of a new installation. */
export function addInitCommand(program: Command, shell: Shell): void {
  program
    .command('init')
    .description('write registry, keys and environment files of a new installation')
    .argument('<dir>', 'folder to write to')
    .option('--tenant <id>', 'the first tenant', 'acme')
    .option('--brokers <list>', 'Kafka brokers by commas; default: KAFKA_BROKERS, else loopback')
    .option('--database-url <url>', 'Postgres; default: DATABASE_URL, else loopback')
    .option('--issuer <url>', 'issuer of tokens: URL of the authority; default: loopback')
    .option('--gateway <url>', 'URL of the gateway for sources; default: loopback')
    .option('--idp <url>', 'issuer of your identity provider; default: a test provider with a key')
    .option('--logins', 'a login of its own in Kafka and Postgres for each process')
    .option('--no-probes', 'a console that does not probe the whole path')
    .option('--first-port <port>', 'first of six ports of the services', readPort, FIRST_PORT)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .addHelpText('after', HELP)
    .action(async (dir, { output, ...options }) => {
      const { initInstallation } = await import('../../installation/init-installation.ts')
      const data = await initInstallation(shell, dir, options)
      await show(shell, output, { data, items: data.next, text: () => resultText(data) })
    })
}

function resultText({ files, next }: InstallationResult): string {
  return nextText(`# ${files.length} files are written. Next, in this order:`, next)
}

/** Commands with their purposes. Comments are for a shell, so that people can paste the whole text. */
export function nextText(head: string, next: readonly NextCommand[]): string {
  return [head, ...next.map(({ purpose, command }) => `# ${purpose}\n${command}`)].join('\n')
}
