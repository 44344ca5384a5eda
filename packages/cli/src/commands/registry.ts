import type { Command } from '@commander-js/extra-typings'
import { EXIT, Negative } from '../exit-code.ts'
import { findingsText } from '../output/findings-text.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
import type { Shell } from '../shell.ts'

/** `freshet registry …`: who owns each claim. */
export function addRegistryCommands(program: Command, shell: Shell): void {
  const registry = program.command('registry').description('the registry: who owns each claim')
  registry
    .command('lint')
    .description('find what is wrong with a registry file; exit code 1 if anything is')
    .argument('<file>', 'the registry, as YAML')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (file, { output }) => {
      const { lintFile } = await import('./lint-file.ts')
      const findings = await lintFile(file)
      const data = { file, findings }
      show(shell, output, { data, items: findings, text: () => findingsText(file, findings) })
      if (findings.length > 0) throw new Negative(EXIT.error)
    })
}
