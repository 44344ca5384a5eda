import { CliError } from '../cli-error.ts'
import { nearestName } from '@freshet/protocol'
import { printable } from '../output/printable.ts'
import type { Shell } from '../shell.ts'
import { contextPath, readContexts, type KnownContexts, type NamedContext } from './context-file.ts'

/** The name of the development stack of the current folder, where a context is expected. */
const THIS_FOLDER = '.'

/** Variables with an address: one of them names the installation. */
const ADDRESSES = [
  'FRESHET_URL',
  'FRESHET_GATEWAY_URL',
  'FRESHET_ISSUER',
  'FRESHET_SIDECAR_URL',
] as const
const TOKENS = ['FRESHET_TOKEN', 'FRESHET_TOKEN_FILE'] as const

/** The options of a command line that name an installation. */
export interface NamingOptions {
  readonly context?: string | undefined
  readonly gateway?: string | undefined
}

/** The variables with an address that are set. */
export function namedAddresses(env: Shell['env']): readonly string[] {
  return ADDRESSES.filter((name) => Boolean(env[name]))
}

/** The first variable that replaces the current context; undefined if the context is used. */
export function replacedBy(env: Shell['env']): string | undefined {
  return [...ADDRESSES, 'FRESHET_CONTEXT', ...TOKENS].find((name) => Boolean(env[name]))
}

/**
 * The shell with the installation that a command works on. The first of these names it, whole: `--context`; a variable
 * with an address; `FRESHET_CONTEXT`; the current context; `--gateway`; the development stack that runs in the folder.
 * Two of them are never mixed: the token of one would go to the address of the other.
 *
 * @throws `CliError` not found, for a context that does not exist
 */
export async function inContext(shell: Shell, options: NamingOptions = {}): Promise<Shell> {
  const { env } = shell
  if (options.context !== undefined) return await asContext(shell, options.context)
  if (namedAddresses(env).length > 0) return { ...shell, namedBy: 'the environment' }
  if (env['FRESHET_CONTEXT']) return await asContext(shell, env['FRESHET_CONTEXT'])
  const { current, contexts } = await readContexts(contextPath(env))
  const context = current === null ? undefined : contexts[current]
  if (context !== undefined && replacedBy(env) === undefined)
    return withContext(shell, current ?? '', context)
  return options.gateway === undefined ? shell : { ...shell, namedBy: '--gateway' }
}

async function asContext(shell: Shell, name: string): Promise<Shell> {
  if (name === THIS_FOLDER) return { ...shell, env: withoutAddresses(shell.env) }
  const known = await readContexts(contextPath(shell.env))
  return withContext(shell, name, contextNamed(known, name, '--context'))
}

function withContext(shell: Shell, name: string, context: NamedContext): Shell {
  const env = { ...withoutAddresses(shell.env), ...variablesOf(context) }
  return { ...shell, env, namedBy: `context ${name}` }
}

function withoutAddresses(env: Shell['env']): Shell['env'] {
  const names: readonly string[] = [...ADDRESSES, ...TOKENS]
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)))
}

/** The context with this name. @throws `CliError` not found, with the nearest name behind this command */
export function contextNamed(
  { contexts }: KnownContexts,
  name: string,
  command: string,
): NamedContext {
  const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined
  if (found !== undefined) return found
  const nearest = nearestName(name, Object.keys(contexts))
  throw new CliError('notFound', `No context has the name ${printable(name)}.`, {
    next: nearest === undefined ? 'freshet context ls' : `${command} ${nearest}`,
  })
}

function variablesOf(context: NamedContext): Readonly<Record<string, string>> {
  const { url, gateway, issuer, sidecar, tokenFile } = context
  return {
    FRESHET_URL: url,
    ...(gateway !== undefined && { FRESHET_GATEWAY_URL: gateway }),
    ...(issuer !== undefined && { FRESHET_ISSUER: issuer }),
    ...(sidecar !== undefined && { FRESHET_SIDECAR_URL: sidecar }),
    ...(tokenFile !== undefined && { FRESHET_TOKEN_FILE: tokenFile }),
  }
}
