import type { Command } from '@commander-js/extra-typings'
import { requireStack } from '../context.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
import type { Shell } from '../shell.ts'

/** `freshet source …`: what a source does by hand. */
export function addSourceCommands(program: Command, shell: Shell): void {
  const source = program.command('source').description('sources: who states what is true')
  source
    .command('token')
    .description('a bearer token of a source of the dev stack, for curl; good for one request')
    .requiredOption('--source <id>', 'whose')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ source: id, output }) => {
      const dev = await requireStack(shell)
      const { sourceAssertion } = await import('../stack/source-client.ts')
      const { sourceKeyOf } = await import('./source-key.ts')
      const token = await sourceAssertion(await sourceKeyOf(dev, id), dev.gateway.url)
      show(shell, output, { data: { source: id, token }, text: () => token })
    })
}
