import { FreshetError, type Registry } from '@freshet/domain'
import * as z from 'zod'
import { importJwks, publicJwks, type VerifyKey } from './keys.ts'
import { sha256Text } from './framing.ts'
import { bytesOf } from './record-bytes.ts'
import { parseRegistry } from './registry-file.ts'
import { JSON_BYTES_MAX, parseJson } from './strict-json.ts'

/** A policy version as processes judge by it: the registry, and the public keys that it names. */
export interface PolicyVersion {
  readonly registry: Registry
  /** SHA-256 of the document, base64url, as activations carry it. */
  readonly hash: string
  /** Public keys of a source; none for a source that is not registered. */
  readonly sourceKeys: (source: string) => readonly VerifyKey[]
  /** Public keys of an identity provider, by its issuer. */
  readonly identityProviderKeys: (issuer: string) => readonly VerifyKey[]
  /** Public keys of a client that authenticates by them; none for any other. */
  readonly clientKeys: (client: string) => readonly VerifyKey[]
}

/** Members of a JWK that only its owner may know (RFC 7518 §6.2.2, §6.3.2, §6.4.1). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

const documentShape = z.strictObject({
  registry: z.looseObject({ version: z.int().min(1) }),
  keySets: z.record(z.string(), z.unknown()),
})

/**
 * The text of a policy version: the registry as it was written, and beside it the public keys that
 * it names, so that nothing else is needed to judge by it. Canonical JSON (members in order, no
 * space): equal content has equal bytes, and one hash. Comments and layout of a file do not count.
 *
 * @throws `registry.invalid` where it is no registry, a key set is missing, unusable or holds a
 *   private key, or all of it is longer than {@link JSON_BYTES_MAX}
 */
export function registryDocument(
  registry: unknown,
  keySets: ReadonlyMap<string, unknown>,
  place = 'registry',
): string {
  const named = keySetsOf(parseRegistry(registry, place))
  const entries = named.map((path) => [path, publicKeySet(path, keySets.get(path))] as const)
  const text = canonicalJson({ registry, keySets: Object.fromEntries(entries) })
  if (bytesOf(text).length <= JSON_BYTES_MAX) return text
  throw invalid(`${place}: has more than ${JSON_BYTES_MAX} bytes with its key sets`)
}

/**
 * Reads a document that {@link registryDocument} made. It is not linted: what was published is what
 * counts, also for a build whose lint knows more rules.
 *
 * @throws `registry.invalid`
 */
export function readRegistryDocument(text: string): PolicyVersion {
  const { registry: file, keySets } = shapeOf(text)
  const registry = parseRegistry(file, 'registry')
  const keys = new Map(keySetsOf(registry).map((path) => [path, keysOf(path, keySets[path])]))
  const at = (path: string | undefined): readonly VerifyKey[] =>
    path === undefined ? [] : (keys.get(path) ?? [])
  const providers = new Map(
    [...registry.tenants.values()]
      .flatMap(({ identityProviders }) => identityProviders)
      .map((provider) => [provider.issuer, at(provider.keys)]),
  )
  return {
    registry,
    hash: sha256Text(bytesOf(text)),
    sourceKeys: (source) => at(registry.sources.get(source)?.keys),
    identityProviderKeys: (issuer) => providers.get(issuer) ?? [],
    clientKeys: (client) => at(registry.clients.get(client)?.keys),
  }
}

/**
 * The canonical text of a document that somebody sent.
 *
 * @throws `registry.invalid`; `event.malformed` for what is no strict JSON
 */
export function canonicalDocument(bytes: Uint8Array): string {
  const shape = documentShape.safeParse(parseJson(bytes))
  if (!shape.success) throw invalid('a document has the members registry and keySets', shape.error)
  const { registry, keySets } = shape.data
  return registryDocument(registry, new Map(Object.entries(keySets)))
}

/** The paths of all key sets that a registry names. */
export function keySetsOf({ sources, tenants, clients }: Registry): readonly string[] {
  const paths = [
    ...[...sources.values()].map(({ keys }) => keys),
    ...[...tenants.values()].flatMap((tenant) => tenant.identityProviders.map(({ keys }) => keys)),
    ...[...clients.values()].flatMap(({ keys }) => keys ?? []),
  ]
  return [...new Set(paths)]
}

function shapeOf(text: string): z.infer<typeof documentShape> {
  try {
    return documentShape.parse(parseJson(bytesOf(text)))
  } catch (cause) {
    throw invalid('the text is no document of a registry', cause)
  }
}

/** Nothing but public halves, in one form: what else a file says of a key is not kept. */
function publicKeySet(path: string, jwks: unknown): object {
  const members: unknown = Object(jwks)['keys']
  const isPrivate = (jwk: unknown): boolean => PRIVATE_MEMBERS.some((name) => name in Object(jwk))
  if (Array.isArray(members) && members.some(isPrivate)) {
    throw invalid(`${path}: holds a private key; publish its public half`)
  }
  return publicJwks(keysOf(path, jwks))
}

function keysOf(path: string, jwks: unknown): readonly VerifyKey[] {
  if (jwks === undefined) throw invalid(`${path}: the key set is missing`)
  try {
    return importJwks(jwks)
  } catch (cause) {
    throw invalid(`${path}: is not a readable key set`, cause)
  }
}

/** As RFC 8785 writes it. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`
}

function invalid(message: string, cause?: unknown): FreshetError {
  return new FreshetError('registry.invalid', message, { cause })
}
