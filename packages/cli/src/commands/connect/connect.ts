import type { Command } from '@commander-js/extra-typings'
import { CONNECTION_KINDS } from '@freshet/protocol'
import type { UpstreamCheck } from '../../connect/check-upstream.ts'
import { EXIT, Negative } from '../../exit-code.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../../output/format.ts'
import { printable } from '../../output/printable.ts'
import type { Shell } from '../../shell.ts'
import { collect, oneOf, optionTimeText } from '../arguments.ts'

/** The help of `--registry` of commands that read an upstream system. */
export const UPSTREAM_REGISTRY_HELP = 'registry file; default: FRESHET_REGISTRY, else the dev stack'
/** The help of their `--secrets`. */
export const SECRETS_HELP =
  'folder with keys and secrets; default: FRESHET_CONNECT_SECRETS, else the dev stack'

/** `freshet connect …`: prepares what `freshet serve connect` reads. */
export function addConnectCommands(program: Command, shell: Shell): void {
  const connect = program
    .command('connect')
    .description('prepare and check the upstream systems of sources')
  addPlan(connect, shell)
  addCheck(connect, shell)
}

const PLAN_HELP = `
The command reads some subjects, and prints the part of the registry that
connects the upstream system. Each list of texts or of named objects becomes a
claim, and you remove those that no audience needs. It changes nothing.
The secret of the upstream system comes from a file, or from standard input.
`

function addPlan(connect: Command, shell: Shell): void {
  connect
    .command('plan')
    .description('propose the part of the registry for an upstream system')
    .argument('<system>', CONNECTION_KINDS.join(', '), oneOf(CONNECTION_KINDS))
    .requiredOption('--at <address>', 'URL of the upstream system, or path of its file')
    .option('--source <id>', 'id of the new source; default: the kind')
    .option('--tenant <id>', 'tenant of the subjects', 'acme')
    .option('--iss <url>', 'issuer of the subjects; default: the address')
    .option('--secret-file <path>', 'file with the secret of the upstream system; - is stdin')
    .option('--option <name=value>', 'option of the kind, can be repeated', collect, [])
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .addHelpText('after', PLAN_HELP)
    .action(async (kind, { output, ...options }) => {
      const { runConnectPlan } = await import('./connect-plan.ts')
      const { plan, notes, yaml } = await runConnectPlan(shell, kind, options)
      const comments = notes.map((note) => `# ${printable(note)}`).join('\n')
      const text = (): string => `${comments}\n${yaml}`.trimEnd()
      await show(shell, output, { data: { plan, notes }, text })
    })
}

const CHECK_HELP = `
The command reads the settings of the upstream system and lists its subjects
once. It names the changes that the upstream system never announces, which only
comparing finds, and the settings of the registry that do not fit. It sends
nothing. Exit code 10: it found something.
`

function addCheck(connect: Command, shell: Shell): void {
  connect
    .command('check')
    .description('name what the upstream systems of a source never announce')
    .argument('<source>', 'source with an upstream system')
    .option('--tenant <id>', 'tenant; default: all of them')
    .option('--registry <file>', UPSTREAM_REGISTRY_HELP)
    .option('--secrets <folder>', SECRETS_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .addHelpText('after', CHECK_HELP)
    .action(async (source, { output, ...options }) => {
      const { upstreamsOf } = await import('../../connect/upstreams.ts')
      const { checkUpstream } = await import('../../connect/check-upstream.ts')
      const items: UpstreamCheck[] = []
      for (const upstream of await upstreamsOf(shell, source, options))
        items.push(await checkUpstream(upstream, () => shell.nowMs(), shell.signal))
      const text = (): string => items.map(checkText).join('\n')
      await show(shell, output, { data: { items }, items, text, isProse: true })
      if (items.some(({ unannounced, advice }) => unannounced.length + advice.length > 0))
        throw new Negative(EXIT.unhealthy)
    })
}

function checkText(check: UpstreamCheck): string {
  const { source, tenant, kind, subjects, listMs, unannounced, advice } = check
  const listed =
    subjects === undefined ? '' : `: ${subjects} subjects in ${optionTimeText(listMs ?? 0)}`
  return [
    `${source} of ${tenant} (${kind})${listed}`,
    ...(unannounced.length === 0 ? ['  It announces every change.'] : []),
    ...unannounced.map((sentence) => `  not announced: ${printable(sentence)}`),
    ...advice.map((sentence) => `  advice: ${printable(sentence)}`),
  ].join('\n')
}
