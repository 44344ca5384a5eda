import { readFile } from 'node:fs/promises'
import { checkPolicies } from '@freshet/cedar'
import { FreshetError, type Registry } from '@freshet/protocol'
import type { Slo } from '@freshet/protocol/slo'
import { parseRegistry } from '@freshet/registry'
import { lintRegistryAt, type LintedRegistryFile, type LintOptions } from '@freshet/runtime'
import { readSlos } from '@freshet/insight/slo'
import { CliError } from '../../cli-error.ts'

/** Returns the faults of a registry file. @throws `CliError` if it cannot be read */
export async function lintFile(file: string, options: LintOptions): Promise<LintedRegistryFile> {
  return lintRegistryAt(file, { policies: checkPolicies, ...options }).catch((error: unknown) => {
    if (!(error instanceof FreshetError)) throw error
    throw unreadable(file, error.cause)
  })
}

/**
 * The service levels of an OpenSLO file.
 *
 * @throws `CliError` where it cannot be read, `slo.invalid` with every finding
 */
export async function readSlosFile(file: string): Promise<readonly Slo[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable(file, error)
  })
  return readSlos(text)
}

function unreadable(file: string, cause: unknown): CliError {
  const why = WHY.get(cause instanceof Error && 'code' in cause ? String(cause.code) : '')
  return new CliError('notFound', `${file} cannot be read.`, {
    ...(why !== undefined && { why }),
    cause,
  })
}

const WHY: ReadonlyMap<string, string> = new Map([
  ['EISDIR', 'it is a folder: name the file in it'],
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'this user is not allowed to read it'],
])

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
