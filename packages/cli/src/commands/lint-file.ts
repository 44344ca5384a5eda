import { checkPolicies } from '@freshet/cedar'
import { FreshetError, type Registry } from '@freshet/domain'
import { parseRegistry } from '@freshet/events'
import { lintRegistryAt, type LintedRegistryFile, type LintOptions } from '@freshet/runtime'
import { CliError } from '../cli-error.ts'

/** What is wrong with a registry file. @throws `CliError` where it cannot be read */
export async function lintFile(file: string, options: LintOptions): Promise<LintedRegistryFile> {
  return lintRegistryAt(file, { policies: checkPolicies, ...options }).catch((error: unknown) => {
    if (!(error instanceof FreshetError)) throw error
    throw new CliError('notFound', `${file} cannot be read.`, { cause: error })
  })
}

/**
 * Reads a registry file, sound or not.
 *
 * @throws `CliError` where it cannot be read, `registry.invalid` where it is no registry
 */
export async function readRegistryFile(file: string): Promise<Registry> {
  const { registry, value, findings } = await lintFile(file, { keys: false })
  const [first] = findings
  if (registry !== undefined) return registry
  if (value !== undefined || first === undefined) return parseRegistry(value, file)
  const { line, column, message } = first
  throw new FreshetError('registry.invalid', `${file}:${line}:${column}: ${message}`)
}
