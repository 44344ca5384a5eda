import type { Command } from '@commander-js/extra-typings'
import type { TokenPreviewJson } from '@freshet/insight/answers'
import { CliError } from '../../cli-error.ts'
import { consoleAccess, findStack, gatewayAccess } from '../../context.ts'
import { Negative } from '../../exit-code.ts'
import { consoleClient } from '../../http/console-client.ts'
import { orderErasure } from '../../http/gateway-client.ts'
import { ageText, withoutFraction } from '../../output/age.ts'
import {
  NO_HEADERS_HELP,
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  readFormat,
  show,
} from '../../output/format.ts'
import { printable } from '../../output/printable.ts'
import { listOf, type Column } from '../../output/table.ts'
import { subjectText } from '../../output/tokens/subject-text.ts'
import type { View } from '../../output/view.ts'
import type { Shell } from '../../shell.ts'
import { collect, GATEWAY_HELP } from '../arguments.ts'

/** `freshet subject …`: inspects or erases a subject, and previews its tokens. */
export function addSubjectCommands(program: Command, shell: Shell): void {
  const subject = program
    .command('subject')
    .description('inspect or erase a subject, and preview its tokens')
  subject
    .command('get')
    .description('show claims now, recent changes and outstanding tokens of a subject')
    .argument('<sub>', '`sub` of the subject at its identity provider')
    .option('--tenant <id>', 'tenant; default: the one of the dev stack')
    .option('--iss <url>', 'identity provider; default: the one of the dev stack')
    .option('--probes', 'show the claims of probes, too')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async (sub, { output, headers, probes, ...given }) => {
      const named = await namedIn(shell, given)
      const client = consoleClient(await consoleAccess(shell))
      const [state, view] = await Promise.all([
        client.subjectState(sub, { ...named, probes: probes === true }),
        client.subject(sub, named),
      ])
      if (state?.known === false && view.changes.length + view.tokens.length === 0) {
        throw new CliError('notFound', `No source has sent anything of ${sub}.`, {
          why: `Tenant ${named.tenant} has no claim, no account event and no token of this subject at ${named.iss}.`,
          next: 'Check the name, --tenant and --iss.',
        })
      }
      const data = { ...view, ...(state && { state }) }
      await show(shell, output, { data, headers, text: (to) => subjectText(data, to) })
    })
  addPreview(subject, shell)
  addErase(subject, shell)
}

function addPreview(subject: Command, shell: Shell): void {
  subject
    .command('preview')
    .description('show the token that would be minted for a subject, without issuing one')
    .argument('<sub>', '`sub` of the subject at its identity provider')
    .requiredOption('--audience <name>', 'audience of the token')
    .option(
      '--actor <sub>',
      'actor at the same identity provider; repeat it for several',
      collect,
      [],
    )
    .option('--scope <name>', 'scope to ask for; repeat it for several', collect, [])
    .option('--tenant <id>', 'tenant; default: the one of the dev stack')
    .option('--iss <url>', 'identity provider; default: the one of the dev stack')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async (sub, { output, headers, audience, actor: actors, scope: scopes, ...given }) => {
      const named = await namedIn(shell, given)
      const client = consoleClient(await consoleAccess(shell))
      const data = await client.preview(sub, { ...named, audience, actors, scopes })
      await show(shell, output, { data, headers, text: (view) => previewText(data, view) })
      if (data.outcome === 'refused') throw new Negative()
    })
}

function addErase(subject: Command, shell: Shell): void {
  subject
    .command('erase')
    .description('erase a subject from every table after its account was deleted')
    .argument('<sub>', '`sub` of the subject at its identity provider')
    .requiredOption('--reason <text>', 'reason for the audit log; do not name a person in it')
    .option('--yes', 'erase without a question; this cannot be undone')
    .option('--tenant <id>', 'tenant; default: the one of the dev stack')
    .option('--iss <url>', 'identity provider; default: the one of the dev stack')
    .option('--gateway <url>', GATEWAY_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (sub, { output, reason, yes, gateway, ...given }) => {
      if (yes !== true) throw new CliError('usage', 'Erasing cannot be undone: add --yes.')
      const { tenant, iss } = await namedIn(shell, given)
      const order = { tenant, subject: { format: 'iss_sub', iss, sub }, reason }
      const data = await orderErasure(await gatewayAccess(shell, gateway), order)
      const lines = Object.entries(data.rows).map(([what, count]) => `  ${what} ${count}`)
      const notes = ['Watermarks and topics keep it for a while: docs/retention.md']
      const text = (): string => [`erased: ${data.id}`, ...lines, ...notes].join('\n')
      await show(shell, output, { data, text })
    })
}

/** The tenant and provider of the name: as given, else those of the dev stack. */
async function namedIn(
  shell: Shell,
  given: { readonly tenant?: string | undefined; readonly iss?: string | undefined },
): Promise<{ readonly tenant: string; readonly iss: string }> {
  const dev = (await findStack(shell))?.dev
  const tenant = given.tenant ?? dev?.tenant
  const iss = given.iss ?? dev?.idp.issuer
  if (!tenant || !iss) throw new CliError('usage', 'Options --tenant and --iss are needed.')
  return { tenant, iss }
}

type Claim = TokenPreviewJson['claims'][number]

const COLUMNS: readonly Column<Claim>[] = [
  { heading: 'CLAIM', of: ({ claim }) => claim },
  { heading: 'VALUES', of: valuesText, kind: 'free' },
  { heading: 'IN TOKEN', of: ({ isCarried }) => (isCarried ? 'yes' : 'no') },
  { heading: 'STATUS', of: ({ status }) => status, kind: 'status' },
  { heading: 'REASON', of: reasonText, kind: 'free' },
]

/** The token that would be minted: first the outcome in one sentence, then its claims. */
function previewText(preview: TokenPreviewJson, view: View): string {
  return [outcomeText(preview, view), '', listOf(COLUMNS, preview.claims, view)].join('\n')
}

function outcomeText(preview: TokenPreviewJson, { nowMs, colors }: View): string {
  const { audience, policyVersion, expiresAt, refusal } = preview
  if (refusal !== null)
    return `${colors.red('WOULD BE REFUSED')}${printable(` for ${audience}: ${refusal.detail} (${refusal.code})`)}`
  const end = expiresAt ?? '-'
  const time = nowMs === undefined ? withoutFraction(end) : ageText(end, nowMs)
  const until = nowMs === undefined ? `until ${time}` : `expires ${time}`
  return `${colors.green('WOULD BE MINTED')}${printable(` for ${audience} by policy version ${policyVersion}, ${until}; none issued`)}`
}

function valuesText({ values, count }: Claim): string {
  return count === 0 || values === null ? '-' : values.map(String).join(', ')
}

function reasonText({ omitted, silentSource, status }: Claim): string {
  if (omitted === 'over') return 'too large'
  if (silentSource !== undefined) return `${silentSource} is silent`
  return status === 'doubt' ? 'in doubt' : '-'
}
