import type { Command } from '@commander-js/extra-typings'
import { CliError } from '../cli-error.ts'
import { consoleAccess, findStack } from '../context.ts'
import { consoleClient } from '../http/console-client.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
import { subjectText } from '../output/subject-text.ts'
import type { Shell } from '../shell.ts'

/** `freshet subject …`: whom claims are about. */
export function addSubjectCommands(program: Command, shell: Shell): void {
  const subject = program.command('subject').description('subjects: whom claims are about')
  subject
    .command('get')
    .description('recent changes and outstanding tokens of a subject')
    .argument('<sub>', 'the identity provider’s name for the subject')
    .option('--tenant <id>', 'default: the tenant of the dev stack')
    .option('--iss <url>', 'the identity provider; default: that of the dev stack')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (sub, { output, ...given }) => {
      const dev = (await findStack(shell.cwd))?.dev
      const tenant = given.tenant ?? dev?.tenant
      const iss = given.iss ?? dev?.idp.issuer
      if (!tenant || !iss) throw new CliError('usage', 'Options --tenant and --iss are needed.')
      const client = consoleClient(await consoleAccess(shell))
      const data = await client.subject(sub, { tenant, iss })
      show(shell, output, { data, text: () => subjectText(data) })
    })
}
