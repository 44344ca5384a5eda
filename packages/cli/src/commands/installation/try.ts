import { Option, type Command } from '@commander-js/extra-typings'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../../output/format.ts'
import type { Shell } from '../../shell.ts'
import { nextText } from './init.ts'

const HELP = `
The command reads the discovery document and the keys of the issuer, as an edge
does. With --token -, it verifies a token from stdin, and takes the audience and
the claims from it: lists of texts, like groups. It prints and stores no value
of the token. The folder gets the registry of a trial, in which the route is
observed for a week. The command replaces no file. docs/rollout.md explains each
step.
`

const add = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

/** `freshet try ISSUER`: the registry of a trial on live traffic. */
export function addTryCommand(program: Command, shell: Shell): void {
  program
    .command('try')
    .description('write the registry of a trial that observes the tokens of your issuer')
    .argument('<issuer>', 'issuer of your access tokens, as in iss')
    .addOption(new Option('--token <jwt>', 'an access token of it, from stdin').choices(['-']))
    .option('--out <dir>', 'folder to write to', 'freshet-try')
    .option('--audience <id>', 'your service, as in aud; default: that of the token')
    .option('--claim <name>', 'claim, repeatable; default: the lists of the token', add)
    .option('--route <name>', 'route that is observed', 'GET /')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .addHelpText('after', HELP)
    .action(async (issuer, { output, claim = [], ...options }) => {
      const { tryIssuer } = await import('../../installation/try-issuer.ts')
      const data = await tryIssuer(shell, issuer, { claim, ...options })
      const { audience, claims, files } = data
      const head = `# ${files.join(', ')} observes ${claims.join(', ')} at ${audience}. Next, in this order:`
      await show(shell, output, { data, items: data.next, text: () => nextText(head, data.next) })
    })
}
