import { Argument, type Command } from '@commander-js/extra-typings'
import { COMPLETED_SHELLS, completionScript } from '../../help/completion-script.ts'
import { completionPlaces } from '../../help/completion-tree.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../../output/format.ts'
import type { Shell } from '../../shell.ts'

const HELP = `
Load it in the present shell, or add the line to the file that the shell reads
at its start:
  source <(freshet completion bash)      # ~/.bashrc
  source <(freshet completion zsh)       # ~/.zshrc, after compinit
  freshet completion fish | source       # ~/.config/fish/config.fish
`

/** `freshet completion SHELL`: the script that completes commands and options. */
export function addCompletionCommand(program: Command, shell: Shell): void {
  program
    .command('completion')
    .description('print the script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'shell').choices(COMPLETED_SHELLS))
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .addHelpText('after', HELP)
    .action(async (name, { output }) => {
      const script = completionScript(name, completionPlaces(program))
      await show(shell, output, { data: { shell: name, script }, text: () => script.trimEnd() })
    })
}
