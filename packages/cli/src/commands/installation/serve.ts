import type { Command } from '@commander-js/extra-typings'
import { nearestName } from '@freshet/protocol'
import { CliError } from '../../cli-error.ts'
import { SERVABLE, serviceNamed } from '../../installation/service-names.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../../output/format.ts'
import { printable } from '../../output/printable.ts'
import { tableOf } from '../../output/table.ts'
import type { View } from '../../output/view.ts'
import type { Shell } from '../../shell.ts'

const HELP = `
The service reads the environment of the command (docs/configuration.md) and
runs in the same process. Signals and exit codes are those of the service: 0
ended by a signal, 2 the environment is not usable, 4 a dependency does not
answer, 1 another error. Without a name, the command lists the services.
`

/** `freshet serve`: lists the services. `main` runs one of them before any command is loaded. */
export function addServeCommand(program: Command, shell: Shell): void {
  program
    .command('serve')
    .description('run a service with the environment as it is, or list the services')
    .argument('[name]', SERVABLE.map(({ service }) => service).join(', '))
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .addHelpText('after', HELP)
    .action(async (name, { output }) => {
      if (name !== undefined) throw notServed(name)
      const columns = [{ heading: 'SERVICE' }, { heading: 'WORK' }]
      const text = (view: View): string =>
        tableOf(
          columns,
          SERVABLE.map(({ service, work }) => [service, work]),
          view,
        )
      await show(shell, output, { data: { items: SERVABLE }, items: SERVABLE, text })
    })
}

function notServed(name: string): CliError {
  const names = SERVABLE.map(({ service }) => service)
  if (serviceNamed(name) !== undefined)
    return new CliError('usage', `freshet serve ${name} takes no further argument.`, {
      why: 'a service reads its settings from the environment',
      next: `freshet serve ${name}`,
    })
  const nearest = nearestName(name, names)
  return new CliError('usage', `No service has the name ${printable(name)}.`, {
    why: `the services are ${names.join(', ')}`,
    ...(nearest !== undefined && { next: `freshet serve ${nearest}` }),
  })
}
