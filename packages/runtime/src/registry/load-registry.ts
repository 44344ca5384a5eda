import type { Registry } from '@freshet/protocol'
import { errorsIn } from '@freshet/registry/lint'
import {
  readRegistryDocument,
  registryDocument,
  RegistryError,
  type PolicyCheck,
  type PolicyVersion,
} from '@freshet/registry'
import { lintRegistryAt, type LintedRegistryFile, type LintOptions } from './lint-registry-file.ts'

/** A claim registry that was loaded, found sound, and whose key and policy files were read. */
export interface LoadedRegistryFile extends PolicyVersion {
  /** Its text with the public keys that it names, as it is published. */
  readonly document: string
}

/**
 * Loads a registry file and the key and policy files that it names, relative to it. With `policies` it checks
 * the policies, too; a caller that only needs their text gives none.
 *
 * @throws `registry.invalid` naming every error of {@link lintRegistryAt} and its place
 */
export async function loadRegistry(
  path: string,
  policies?: PolicyCheck,
): Promise<LoadedRegistryFile> {
  const { value, files } = await readSound(path, { keys: true, policies })
  const document = registryDocument(value, files, path)
  return { ...readRegistryDocument(document), document }
}

/**
 * Reads a registry file and none of the files that it names: for who only needs its routes.
 *
 * @throws `registry.invalid` as {@link loadRegistry}
 */
export async function readRegistry(path: string): Promise<Registry> {
  return (await readSound(path, { keys: false })).registry
}

async function readSound(
  path: string,
  options: LintOptions,
): Promise<LintedRegistryFile & { readonly registry: Registry }> {
  const { findings, registry, ...read } = await lintRegistryAt(path, options)
  const errors = errorsIn(findings)
  if (errors.length === 0 && registry !== undefined) return { findings, registry, ...read }
  throw new RegistryError(
    errors,
    ({ line, column, place }) => `${path}:${line}:${column} ${place || '/'}`,
  )
}
