import { resolve } from 'node:path'
import type { Command } from '@commander-js/extra-typings'
import { CliError } from '../../cli-error.ts'
import { findStack, requireProtected, stackName } from '../../context.ts'
import {
  contextPath,
  readContexts,
  writeContexts,
  type NamedContext,
} from '../../contexts/context-file.ts'
import { contextNamed, inContext, replacedBy } from '../../contexts/in-context.ts'
import {
  NO_HEADERS_HELP,
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  readFormat,
  show,
} from '../../output/format.ts'
import { printable } from '../../output/printable.ts'
import { tableOf, type TableColumn } from '../../output/table.ts'
import { type View, PLAIN_VIEW } from '../../output/view.ts'
import type { Shell } from '../../shell.ts'

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i
const HELP = `
A context has the addresses of an installation, and the path of a file with the
token of an admin. It never has the token itself. The first of these names the
installation of a command: --context, FRESHET_URL (or FRESHET_GATEWAY_URL,
FRESHET_ISSUER, FRESHET_SIDECAR_URL), FRESHET_CONTEXT, the current context, the
dev stack of this folder. The name . is that dev stack.
`

/** `freshet context …`: installations by their names. */
export function addContextCommands(program: Command, shell: Shell): void {
  const context = program
    .command('context')
    .description('name installations, and choose the one that commands ask')
    .addHelpText('after', HELP)
  addLs(context, shell)
  addUse(context, shell)
  addShow(context, shell)
  addSet(context, shell)
  addRm(context, shell)
}

function addLs(context: Command, shell: Shell): void {
  context
    .command('ls')
    .description('list the contexts; * marks the current one')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async ({ output, headers }) => {
      const { current, contexts } = await readContexts(contextPath(shell.env))
      const items = Object.entries(contexts).map(([name, each]): ListedContext => {
        return { name, current: name === current, ...each }
      })
      const text = (view: View): string => contextsText(items, view)
      await show(shell, output, { data: { current, items }, items, headers, text })
      const why = replacedBy(shell.env)
      if (current !== null && why !== undefined)
        shell.err(`the current context is not used here: ${why} is set\n`)
    })
}

function addUse(context: Command, shell: Shell): void {
  context
    .command('use')
    .description('make a context the current one')
    .argument('<name>', 'name of the context')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (name, { output }) => {
      const path = requirePath(shell)
      const known = await readContexts(path)
      const chosen = contextNamed(known, name, 'freshet context use')
      await writeContexts(path, { ...known, current: name })
      const text = (): string => `commands ask ${name} now: ${chosen.url}`
      await show(shell, output, { data: { name, ...chosen }, text })
    })
}

function addSet(context: Command, shell: Shell): void {
  context
    .command('set')
    .description('create or replace a context; the first one becomes the current one')
    .argument('<name>', 'name of the context')
    .requiredOption('--url <url>', 'URL of the console: https, or http on loopback')
    .option('--token-file <path>', 'file with the token of an admin')
    .option('--gateway <url>', 'URL of the gateway')
    .option('--issuer <url>', 'issuer URL of the authority')
    .option('--sidecar <url>', 'URL of a sidecar')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (name, { output, tokenFile, ...urls }) => {
      if (!NAME.test(name)) throw new CliError('usage', 'A name has letters, digits and . _ -')
      requireProtected('an admin token', '--url', urls.url)
      if (urls.gateway !== undefined) requireProtected('an admin token', '--gateway', urls.gateway)
      const path = requirePath(shell)
      const known = await readContexts(path)
      const file = tokenFile === undefined ? {} : { tokenFile: resolve(shell.cwd, tokenFile) }
      const made = { ...urls, ...file }
      const contexts = { ...known.contexts, [name]: made }
      await writeContexts(path, { current: known.current ?? name, contexts })
      const text = (): string => `context ${name} is written to ${path}`
      await show(shell, output, { data: { name, ...made }, text })
    })
}

function addShow(context: Command, shell: Shell): void {
  context
    .command('show')
    .description('show a context; without a name, the installation that commands work on here')
    .argument('[name]', 'name of the context')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (name, { output }) => {
      const data =
        name === undefined
          ? await chosenHere(shell)
          : { name, ...(await contextShown(shell, name)) }
      await show(shell, output, { data, text: () => installationText(data) })
    })
}

async function contextShown(shell: Shell, name: string): Promise<NamedContext> {
  return contextNamed(await readContexts(contextPath(shell.env)), name, 'freshet context show')
}

/** The addresses that a command would use here, and what named them. */
async function chosenHere(shell: Shell): Promise<ChosenInstallation> {
  const own = await inContext(shell)
  const found = await findStack(own)
  if (found) {
    const { console: at, gateway, authority, sidecar } = found.dev
    const addresses = { gateway: gateway.url, issuer: authority.issuer, sidecar: sidecar.url }
    return { namedBy: stackName(found), url: at.url, ...addresses }
  }
  if (own.namedBy === undefined) {
    throw new CliError('notFound', 'No installation is named here.', {
      next: 'freshet dev, or freshet context set NAME --url URL',
    })
  }
  const { FRESHET_URL, FRESHET_GATEWAY_URL, FRESHET_ISSUER, FRESHET_SIDECAR_URL } = own.env
  return {
    namedBy: own.namedBy,
    url: FRESHET_URL,
    gateway: FRESHET_GATEWAY_URL,
    issuer: FRESHET_ISSUER,
    sidecar: FRESHET_SIDECAR_URL,
    tokenFile: own.env['FRESHET_TOKEN_FILE'],
  }
}

function addRm(context: Command, shell: Shell): void {
  context
    .command('rm')
    .description('remove a context; the file of its token stays')
    .argument('<name>', 'name of the context')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (name, { output }) => {
      const path = requirePath(shell)
      const known = await readContexts(path)
      contextNamed(known, name, 'freshet context rm')
      const { [name]: _, ...contexts } = known.contexts
      const isCurrent = known.current === name
      await writeContexts(path, { current: isCurrent ? null : known.current, contexts })
      const note = isCurrent ? '; no context is the current one now' : ''
      const text = (): string => `context ${name} is removed${note}`
      await show(shell, output, { data: { name, current: isCurrent }, text })
    })
}

function requirePath(shell: Shell): string {
  const path = contextPath(shell.env)
  if (path !== undefined) return path
  throw new CliError('usage', 'No folder for contexts was found.', {
    why: 'neither XDG_CONFIG_HOME nor HOME is set',
    next: 'set XDG_CONFIG_HOME, or use FRESHET_URL and FRESHET_TOKEN_FILE',
  })
}

/** A context with its name. */
interface ListedContext extends NamedContext {
  readonly name: string
  readonly current: boolean
}

/** The addresses of one installation, and what names it. */
interface ChosenInstallation extends Partial<Record<keyof NamedContext, string | undefined>> {
  readonly name?: string
  readonly namedBy?: string
}

/** Characters of the longest label, and a gap. */
const WIDTH = 12

const COLUMNS: readonly TableColumn[] = [
  { heading: '' },
  { heading: 'NAME' },
  { heading: 'URL' },
  { heading: 'TOKEN FILE', rank: 1 },
  { heading: 'GATEWAY', rank: 2 },
  { heading: 'ISSUER', rank: 3 },
  { heading: 'SIDECAR', rank: 4 },
]

/** The contexts as a table; a star marks the current one. */
function contextsText(items: readonly ListedContext[], view: View = PLAIN_VIEW): string {
  if (items.length === 0) return 'no contexts: add one by freshet context set NAME --url URL'
  const rows = items.map(({ name, current, url, tokenFile, gateway, issuer, sidecar }) => {
    const others = [tokenFile, gateway, issuer, sidecar].map((text) => text ?? '-')
    return [current ? '*' : '', name, url, ...others]
  })
  return tableOf(COLUMNS, rows, view)
}

/** One installation: a line for each address that is known. */
function installationText(installation: ChosenInstallation): string {
  const { name, namedBy, url, gateway, issuer, sidecar, tokenFile } = installation
  const rows = { name, 'named by': namedBy, console: url, gateway, issuer, sidecar }
  return Object.entries({ ...rows, 'token file': tokenFile })
    .flatMap(([word, text]) =>
      text === undefined ? [] : [`${word.padEnd(WIDTH)}${printable(text)}`],
    )
    .join('\n')
}
