import type { Shell } from '../shell.ts'
import { contextPath, readContexts, type NamedContext } from './context-file.ts'

/** Variables of the environment, each of which replaces the whole context. */
const REPLACING = [
  'FRESHET_URL',
  'FRESHET_TOKEN',
  'FRESHET_TOKEN_FILE',
  'FRESHET_GATEWAY_URL',
  'FRESHET_ISSUER',
  'FRESHET_SIDECAR_URL',
] as const

/** The first variable that replaces the current context; undefined if the context is used. */
export function replacedBy(env: Shell['env']): string | undefined {
  return REPLACING.find((name) => Boolean(env[name]))
}

/**
 * The shell with the variables of the current context. A context and the environment are never mixed: the token of one would
 * go to the address of the other.
 */
export async function inContext(shell: Shell): Promise<Shell> {
  if (replacedBy(shell.env) !== undefined) return shell
  const { current, contexts } = await readContexts(contextPath(shell.env))
  const context = current === null ? undefined : contexts[current]
  return context === undefined
    ? shell
    : { ...shell, env: { ...shell.env, ...variablesOf(context) } }
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
