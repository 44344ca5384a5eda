import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { FreshetError, type Registry } from '@freshet/domain'
import {
  keySetsOf,
  lintRegistry,
  parseRegistry,
  readRegistryDocument,
  registryDocument,
  type PolicyVersion,
} from '@freshet/events'
import { parse } from 'yaml'

/** A claim registry that was loaded, found sound, and whose key files were read. */
export interface LoadedRegistryFile extends PolicyVersion {
  /** Its text with the public keys that it names, as it is published. */
  readonly document: string
}

/**
 * Loads a registry file and the key sets that it names, relative to it.
 *
 * @throws `registry.invalid` naming every problem and its place: not YAML, not a registry, a rule
 *   of the lint broken, a key set missing or unusable
 */
export async function loadRegistry(path: string): Promise<LoadedRegistryFile> {
  const { registry, file } = await readSound(path)
  const names = keySetsOf(registry)
  const read = names.map(async (name) => {
    return [name, await readKeySet(resolve(dirname(path), name))] as const
  })
  const document = registryDocument(file, new Map(await Promise.all(read)), path)
  return { ...readRegistryDocument(document), document }
}

/**
 * Reads a registry file and none of the key files that it names: for who only needs its routes.
 *
 * @throws `registry.invalid` as {@link loadRegistry}
 */
export async function readRegistry(path: string): Promise<Registry> {
  return (await readSound(path)).registry
}

async function readSound(path: string): Promise<{ registry: Registry; file: unknown }> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw invalid(`${path}: cannot be read`, cause)
  })
  const file = parseYaml(text, path)
  const registry = parseRegistry(file, path)
  refuseFindings(registry, path)
  return { registry, file }
}

function parseYaml(text: string, path: string): unknown {
  try {
    return parse(text)
  } catch (cause) {
    throw invalid(`${path}: is not YAML`, cause)
  }
}

function refuseFindings(registry: Registry, path: string): void {
  const findings = lintRegistry(registry)
  if (findings.length === 0) return
  const lines = findings.map(({ code, place, message }) => `${path}#${place}: ${message} (${code})`)
  throw invalid(lines.join('\n'))
}

async function readKeySet(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw invalid(`${file}: is not a readable key set`, cause)
  }
}

function invalid(message: string, cause?: unknown): FreshetError {
  return new FreshetError('registry.invalid', message, { cause })
}
