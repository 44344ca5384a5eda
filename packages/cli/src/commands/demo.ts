import type { Command } from '@commander-js/extra-typings'
import { EXIT, Negative } from '../exit-code.ts'
import { requireDevStack } from '../installation/dev-stack.ts'
import type { Shell } from '../shell.ts'

/** `freshet demo`: the story of README, on what this machine has. */
export function addDemoCommand(program: Command, shell: Shell): void {
  program
    .command('demo')
    .description(
      'show one revocation end to end with timings, on a broker and database started for it',
    )
    .option('--json <file>', 'write the results as JSON')
    .action(async ({ json }) => {
      await requireDevStack('demo')
      const { runDemo } = await import('../demo/demo.ts')
      const { signal } = shell
      const write = (line: string): void => shell.out(`${line}\n`)
      const held = await runDemo({ signal, write, ...(json === undefined ? {} : { json }) })
      if (!held) throw new Negative(EXIT.error)
    })
}
