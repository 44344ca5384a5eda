import { FreshetError, type Registry } from '@freshet/protocol'
import * as z from 'zod'
import {
  importJwks,
  publicJwks,
  type VerifyKey,
  sha256Text,
  bytesOf,
  parseJson,
  SIGNERS_OF_KID_MAX,
  type Signer,
} from '@freshet/wire'
import { finding, type Finding } from '../lint/finding.ts'
import { keySetFindings, namedKeySets, readPublicKeys } from './key-set-findings.ts'
import { policyFileFindings, policyFilesOf, policyTextsOf } from './policy-texts.ts'
import { lintRegistryFile, parseRegistry, refuseErrors } from '../file/registry-file.ts'
import { registrySchema } from '../schema/registry-schema.ts'

/** A policy version in the form by which processes judge: the registry, and the public keys that it names. */
export interface PolicyVersion {
  readonly registry: Registry
  /** SHA-256 of the document, base64url, as activations carry it. */
  readonly hash: string
  /** Public keys of a source; none for a source that is not registered. */
  readonly sourceKeys: (source: string) => readonly VerifyKey[]
  /** Public keys of all sources that have this `kid`, at most `SIGNERS_OF_KID_MAX`. */
  readonly signers: (kid: string) => readonly Signer[]
  /** Public keys of an identity provider, by its issuer. */
  readonly identityProviderKeys: (issuer: string) => readonly VerifyKey[]
  /** Public keys of a client that authenticates by them; none for any other. */
  readonly clientKeys: (client: string) => readonly VerifyKey[]
  /** Texts of the policy files that it names and of their schema, by path; empty if it names none. */
  readonly policyTexts: ReadonlyMap<string, string>
}

/** Largest policy version, in bytes of canonical JSON with its key sets and policies: about 9,000 tenants. */
export const REGISTRY_BYTES_MAX: number = 1_048_576

const fileMembers = {
  keySets: z.record(z.string(), z.unknown()),
  policies: z.record(z.string(), z.string()).exactOptional(),
}
const documentShape = z.strictObject({
  registry: z.looseObject({ version: z.int().min(1) }),
  ...fileMembers,
})

/** The schema of a policy version: the registry file as JSON, its key sets and its policies, by path. */
export const registryDocumentForm: z.ZodType<object> = z.strictObject({
  registry: registrySchema,
  ...fileMembers,
})

/**
 * Returns the text of a policy version: the registry as it was written, with the public keys and the policies
 * that it names. A process needs nothing else to judge by it. `files` has key sets as JSON and policies as
 * text, by their path. The text is canonical JSON (members in order, no space): equal content has equal
 * bytes, and one hash. Comments and layout of a file do not count.
 *
 * @throws `registry.invalid` if it is no registry, a key set is missing, unusable or holds a
 *   private key, or all of it is longer than {@link REGISTRY_BYTES_MAX}
 */
export function registryDocument(
  registry: unknown,
  files: ReadonlyMap<string, unknown>,
  place = 'registry',
): string {
  const parsed = parseRegistry(registry, place)
  refuseErrors(fileFindings(parsed, files), place)
  const text = textOf(registry, { parsed, files })
  refuseErrors(tooLarge(text), place)
  return text
}

/**
 * Returns the faults of a registry together with the files that it names, by their path: faults of keys,
 * missing policies, and its size. A path that is not in the map is a file that does not exist. A reader that
 * knows Cedar checks the policies themselves.
 */
export function versionFindings(
  registry: unknown,
  parsed: Registry,
  files: ReadonlyMap<string, unknown>,
): readonly Finding[] {
  return [...fileFindings(parsed, files), ...tooLarge(textOf(registry, { parsed, files }))]
}

function fileFindings(parsed: Registry, files: ReadonlyMap<string, unknown>): readonly Finding[] {
  return [...keySetFindings(parsed, files), ...policyFileFindings(parsed, files)]
}

/**
 * Reads a document that {@link registryDocument} made. It is not linted: the published text counts, also for
 * a build whose lint knows more rules.
 *
 * @throws `registry.invalid`
 */
export function readRegistryDocument(text: string): PolicyVersion {
  const { registry: file, keySets, policies = {} } = shapeOf(text)
  const registry = parseRegistry(file, 'registry')
  const keys = new Map(keySetsOf(registry).map((path) => [path, keysOf(path, keySets[path])]))
  for (const path of policyFilesOf(registry))
    if (policies[path] === undefined) throw invalid(`${path}: the policy file is missing`)
  const at = (path: string | undefined): readonly VerifyKey[] =>
    path === undefined ? [] : (keys.get(path) ?? [])
  const providers = new Map(
    [...registry.tenants.values()]
      .flatMap(({ identityProviders }) => identityProviders)
      .map((provider) => [provider.issuer, at(provider.keys)]),
  )
  const sourceKeys = (source: string): readonly VerifyKey[] =>
    at(registry.sources.get(source)?.keys)
  const signers = signersIn(registry, sourceKeys)
  return {
    registry: withIssuerKeys(registry, at),
    hash: sha256Text(bytesOf(text)),
    sourceKeys,
    signers: (kid) => signers.get(kid) ?? [],
    identityProviderKeys: (issuer) => providers.get(issuer) ?? [],
    clientKeys: (client) => at(registry.clients.get(client)?.keys),
    policyTexts: new Map(Object.entries(policies)),
  }
}

/** Returns the keys of all sources by their `kid`. */
function signersIn(
  { sources }: Registry,
  sourceKeys: (source: string) => readonly VerifyKey[],
): ReadonlyMap<string, readonly Signer[]> {
  const signers = [...sources.keys()].flatMap((source) =>
    sourceKeys(source).map((key) => ({ source, key })),
  )
  const byKid = new Map<string, Signer[]>()
  for (const signer of signers) {
    const { kid } = signer.key
    const others = byKid.get(kid) ?? []
    if (others.length < SIGNERS_OF_KID_MAX) byKid.set(kid, [...others, signer])
  }
  return byKid
}

/** Claim maps contain the keys of foreign issuers for edges, which do not read the registry. */
function withIssuerKeys(
  registry: Registry,
  at: (path: string | undefined) => readonly VerifyKey[],
): Registry {
  const { issuers } = registry
  if (issuers === undefined) return registry
  const known = [...issuers].map(([name, issuer]) => {
    const publicKeys = publicJwks(at(issuer.keys)).keys
    return [name, { ...issuer, publicKeys }] as const
  })
  return { ...registry, issuers: new Map(known) }
}

/**
 * Returns the canonical text of a document that a client sent, if it is sound.
 *
 * @throws `registry.invalid` naming every place; `event.malformed` if it is no strict JSON
 */
export function canonicalDocument(bytes: Uint8Array): string {
  const shape = documentShape.safeParse(parseDocument(bytes))
  if (!shape.success)
    throw invalid(
      'a document has the members registry and keySets, and policies where it names some',
      shape.error,
    )
  const { registry } = shape.data
  const { keySets, policies = {} } = shape.data
  const files = new Map([...Object.entries(keySets), ...Object.entries(policies)])
  const { findings, registry: parsed } = lintRegistryFile(registry)
  const more = parsed === undefined ? [] : versionFindings(registry, parsed, files)
  refuseErrors([...findings, ...more], 'registry')
  return registryDocument(registry, files)
}

/** Returns the paths of all key sets that a registry names. */
export function keySetsOf(registry: Registry): readonly string[] {
  return [...new Set(namedKeySets(registry).map(({ path }) => path))]
}

/** Keeps only the public halves, in one form, and no other member of the file. */
function textOf(
  registry: unknown,
  { parsed, files }: { readonly parsed: Registry; readonly files: ReadonlyMap<string, unknown> },
): string {
  const entries = keySetsOf(parsed).flatMap((path) => {
    const read = readPublicKeys(path, files)
    return 'keys' in read ? [[path, publicJwks(read.keys)] as const] : []
  })
  const keySets = Object.fromEntries(entries)
  const policies = Object.fromEntries(policyTextsOf(parsed, files))
  // A version without policies keeps the text that it had before policies existed.
  return canonicalJson({
    registry,
    keySets,
    ...(Object.keys(policies).length > 0 && { policies }),
  })
}

/** The finding is about the whole document: no single line is at fault. */
function tooLarge(text: string): readonly Finding[] {
  if (bytesOf(text).length <= REGISTRY_BYTES_MAX) return []
  const message = `has more than ${REGISTRY_BYTES_MAX} bytes with its key sets`
  return [finding('file.too-large', '', { message, fix: 'make it shorter' })]
}

function shapeOf(text: string): z.infer<typeof documentShape> {
  try {
    return documentShape.parse(parseDocument(bytesOf(text)))
  } catch (cause) {
    throw invalid('the text is no document of a registry', cause)
  }
}

function parseDocument(bytes: Uint8Array): unknown {
  return parseJson(bytes, { maxBytes: REGISTRY_BYTES_MAX })
}

function keysOf(path: string, jwks: unknown): readonly VerifyKey[] {
  if (jwks === undefined) throw invalid(`${path}: the key set is missing`)
  try {
    return importJwks(jwks)
  } catch (cause) {
    throw invalid(`${path}: is not a readable key set`, cause)
  }
}

/** Writes canonical JSON as RFC 8785 defines it. */
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
