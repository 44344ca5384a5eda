import { resolve } from 'node:path'
import type { Command } from '@commander-js/extra-typings'
import { nearestName } from '@freshet/protocol'
import { CliError } from '../../cli-error.ts'
import { findStack, requireProtected } from '../../context.ts'
import {
  contextPath,
  readContexts,
  writeContexts,
  type KnownContexts,
  type NamedContext,
} from '../../contexts/context-file.ts'
import { replacedBy } from '../../contexts/in-context.ts'
import {
  NO_HEADERS_HELP,
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  readFormat,
  show,
} from '../../output/format.ts'
import { contextsText, type ListedContext } from '../../output/client/contexts-text.ts'
import { printable } from '../../output/printable.ts'
import type { View } from '../../output/view.ts'
import type { Shell } from '../../shell.ts'

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i
const HELP = `
A context has the addresses of an installation, and the path of a file with the
token of an admin. It never has the token itself. A running stack of this folder
comes before the context. Each of FRESHET_URL, FRESHET_TOKEN,
FRESHET_TOKEN_FILE, FRESHET_GATEWAY_URL, FRESHET_ISSUER and FRESHET_SIDECAR_URL
replaces it.
`

/** `freshet context …`: installations by their names. */
export function addContextCommands(program: Command, shell: Shell): void {
  const context = program
    .command('context')
    .description('name installations, and choose the one that commands ask')
    .addHelpText('after', HELP)
  addLs(context, shell)
  addUse(context, shell)
  addSet(context, shell)
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
      const why = await unusedBecause(shell)
      if (current !== null && why !== undefined) shell.err(`no context is used here: ${why}\n`)
    })
}

async function unusedBecause(shell: Shell): Promise<string | undefined> {
  if (await findStack(shell.cwd)) return 'a stack runs in this folder'
  const name = replacedBy(shell.env)
  return name === undefined ? undefined : `${name} is set`
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
      const chosen = contextNamed(known, name)
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

function requirePath(shell: Shell): string {
  const path = contextPath(shell.env)
  if (path !== undefined) return path
  throw new CliError('usage', 'No folder for contexts was found.', {
    why: 'neither XDG_CONFIG_HOME nor HOME is set',
    next: 'set XDG_CONFIG_HOME, or use FRESHET_URL and FRESHET_TOKEN_FILE',
  })
}

function contextNamed({ contexts }: KnownContexts, name: string): NamedContext {
  const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined
  if (found !== undefined) return found
  const nearest = nearestName(name, Object.keys(contexts))
  throw new CliError('notFound', `No context has the name ${printable(name)}.`, {
    next: nearest === undefined ? 'freshet context ls' : `freshet context use ${nearest}`,
  })
}
