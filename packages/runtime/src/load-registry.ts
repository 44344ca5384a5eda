import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { FreshetError, type Registry } from '@freshet/domain'
import { importJwks, lintRegistry, parseRegistry, type VerifyKey } from '@freshet/events'
import { parse } from 'yaml'

/** A claim registry that was loaded, found sound, and whose key files were read. */
export interface LoadedRegistryFile {
  readonly registry: Registry
  /** SHA-256 of the file's bytes, base64url, as activations carry it. */
  readonly hash: string
  /** Public keys of a source; none for a source that is not registered. */
  readonly sourceKeys: (source: string) => readonly VerifyKey[]
  /** Public keys of an identity provider, by its issuer. */
  readonly identityProviderKeys: (issuer: string) => readonly VerifyKey[]
  /** Public keys of a client that authenticates by them; none for any other. */
  readonly clientKeys: (client: string) => readonly VerifyKey[]
}

/**
 * Loads a registry file and the key sets that it names, relative to it.
 *
 * @throws `registry.invalid` naming every problem and its place: not YAML, not a registry, a rule
 *   of the lint broken, a key set missing or unusable
 */
export async function loadRegistry(path: string): Promise<LoadedRegistryFile> {
  const { registry, text } = await readSound(path)
  const keySet = (file: string): Promise<readonly VerifyKey[]> =>
    readKeySet(resolve(dirname(path), file))
  const providers = [...registry.tenants.values()].flatMap((tenant) => tenant.identityProviders)
  const [sources, issuers, clients] = await Promise.all([
    keysBy([...registry.sources.values()], ({ id }) => id, keySet),
    keysBy(providers, ({ issuer }) => issuer, keySet),
    keysBy(clientsWithKeys(registry), ({ id }) => id, keySet),
  ])
  return {
    registry,
    hash: createHash('sha256').update(text).digest('base64url'),
    sourceKeys: (source) => sources.get(source) ?? [],
    identityProviderKeys: (issuer) => issuers.get(issuer) ?? [],
    clientKeys: (client) => clients.get(client) ?? [],
  }
}

/**
 * Reads a registry file and none of the key files that it names: for who only needs its routes.
 *
 * @throws `registry.invalid` as {@link loadRegistry}
 */
export async function readRegistry(path: string): Promise<Registry> {
  return (await readSound(path)).registry
}

async function readSound(path: string): Promise<{ registry: Registry; text: Buffer }> {
  const text = await readFile(path).catch((cause: unknown) => {
    throw invalid(`${path}: cannot be read`, cause)
  })
  const registry = parseRegistry(parseYaml(text.toString(), path), path)
  refuseFindings(registry, path)
  return { registry, text }
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

function clientsWithKeys({
  clients,
}: Registry): readonly { readonly id: string; readonly keys: string }[] {
  return [...clients.values()].flatMap(({ id, keys }) => (keys === undefined ? [] : [{ id, keys }]))
}

async function keysBy<T extends { readonly keys: string }>(
  entries: readonly T[],
  nameOf: (entry: T) => string,
  read: (file: string) => Promise<readonly VerifyKey[]>,
): Promise<ReadonlyMap<string, readonly VerifyKey[]>> {
  const pairs = entries.map(async (entry) => [nameOf(entry), await read(entry.keys)] as const)
  return new Map(await Promise.all(pairs))
}

async function readKeySet(file: string): Promise<readonly VerifyKey[]> {
  try {
    return importJwks(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    throw invalid(`${file}: is not a readable key set`, cause)
  }
}

function invalid(message: string, cause?: unknown): FreshetError {
  return new FreshetError('registry.invalid', message, { cause })
}
