import { FreshetError, type Registry } from '@freshet/protocol'
import {
  pointerOf,
  readJwks,
  type JwksReading,
  type PassedOver,
  publicJwks,
  type VerifyKey,
} from '@freshet/wire'
import { finding, type Finding } from '../lint/finding.ts'
import type { FindingCode } from '../lint/registry-rules.ts'

/** A key file that a registry names, at one of its places. */
export interface NamedKeySet {
  readonly path: string
  /** JSON pointer into the registry file. */
  readonly place: string
  /** The source that owns the keys, if it is a source. */
  readonly source?: string
}

/** Members of a JWK that only its owner is allowed to know (RFC 7518 §6.2.2, §6.3.2, §6.4.1). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

/** Returns every key file that a registry names, at every place. */
export function namedKeySets({
  sources,
  tenants,
  clients,
  issuers = new Map(),
}: Registry): readonly NamedKeySet[] {
  return [
    ...[...tenants.values()].flatMap(({ id, identityProviders }) =>
      identityProviders.flatMap(({ keys: path }, at) =>
        path === undefined
          ? []
          : [{ path, place: pointerOf(['tenants', id, 'identityProviders', at, 'keys']) }],
      ),
    ),
    ...[...sources.values()].map(({ id, keys: path }) => ({
      path,
      place: pointerOf(['sources', id, 'keys']),
      source: id,
    })),
    ...[...clients.values()].flatMap(({ id, keys: path }) =>
      path === undefined ? [] : [{ path, place: pointerOf(['clients', id, 'keys']) }],
    ),
    ...[...issuers.values()].flatMap(({ name, keys: path }) =>
      path === undefined ? [] : [{ path, place: pointerOf(['issuers', name, 'keys']) }],
    ),
  ]
}

/**
 * Returns the faults of the key files that a registry names, by their path. A path that is not in the map is
 * a file that does not exist. A file that holds no JSON is `undefined`.
 */
export function keySetFindings(
  registry: Registry,
  keySets: ReadonlyMap<string, unknown>,
): readonly Finding[] {
  const owners = new Map<string, string>()
  const kids = new Map<string, Owned>()
  return namedKeySets(registry).flatMap((named) => {
    const read = readPublicKeys(named.path, keySets)
    if ('code' in read) return [finding(read.code, named.place, read)]
    const { keys, passedOver } = read
    return [
      ...empty(named, keys),
      ...unused(named, passedOver),
      ...shared(named, { keys, owners }),
      ...sameKid(named, { keys, kids }),
    ]
  })
}

interface Unusable {
  readonly code: FindingCode
  readonly message: string
  readonly fix: string
}

/**
 * Returns the public keys of a file, or the reason why there are none. A key that verifies nothing is passed
 * over.
 */
export function readPublicKeys(
  path: string,
  keySets: ReadonlyMap<string, unknown>,
): JwksReading | Unusable {
  if (!keySets.has(path)) {
    const message = `${path}: the key set is missing`
    return { code: 'keys.missing', message, fix: 'put the JWKS there, or correct the path' }
  }
  const jwks = keySets.get(path)
  if (holdsPrivateKey(jwks)) {
    const message = `${path}: holds a private key; publish its public half`
    return { code: 'keys.private', message, fix: 'replace the key, and name its public half' }
  }
  try {
    const read = readJwks(jwks)
    const [first] = read.passedOver
    if (read.keys.length > 0 || first === undefined) return read
    return unreadable(path, `no key of it verifies: ${first.name}: ${first.why}`)
  } catch (error) {
    return unreadable(path, error instanceof FreshetError ? error.message : 'it cannot be read')
  }
}

function unreadable(path: string, why: string): Unusable {
  const message = `${path}: is not a usable key set: ${why}`
  const fix = 'export the public keys as a JWKS, each with kid, for ES256, RS256 or EdDSA'
  return { code: 'keys.unreadable', message, fix }
}

/** Identity providers also publish keys for encryption, and of future kinds. */
function unused(
  { place, path }: NamedKeySet,
  passedOver: readonly PassedOver[],
): readonly Finding[] {
  if (passedOver.length === 0) return []
  const names = passedOver.map(({ name, why }) => `${name} (${why})`).join(', ')
  const message = `${path}: these keys verify nothing here: ${names}`
  const fix = 'leave them there, or remove them from the file'
  return [finding('keys.passed-over', place, { message, fix })]
}

function holdsPrivateKey(jwks: unknown): boolean {
  const members: unknown = Object(jwks)['keys']
  const isPrivate = (jwk: unknown): boolean => PRIVATE_MEMBERS.some((name) => name in Object(jwk))
  return Array.isArray(members) && members.some(isPrivate)
}

/**
 * An owner who empties the set on purpose silences a source so. Any other owner would wait for events that
 * are refused.
 */
function empty({ place, path }: NamedKeySet, keys: readonly VerifyKey[]): readonly Finding[] {
  if (keys.length > 0) return []
  const message = `${path}: holds no key, so nothing that is signed for it is accepted`
  return [finding('keys.empty', place, { message, fix: 'add a public key' })]
}

/** Two keys are the same if their content is the same, whatever their `kid`. */
function shared(
  { place, path, source }: NamedKeySet,
  { keys, owners }: { readonly keys: readonly VerifyKey[]; readonly owners: Map<string, string> },
): readonly Finding[] {
  if (source === undefined) return []
  const others = new Set<string>()
  for (const key of keys) {
    const text = textOf(key)
    const owner: string = owners.get(text) ?? source
    owners.set(text, owner)
    if (owner !== source) others.add(owner)
  }
  return [...others].map((other) => {
    const message = `${path}: holds a key of source ${other} too, so each could sign as the other`
    return finding('keys.shared', place, { message, fix: 'give each source a key pair of its own' })
  })
}

interface Owned {
  readonly owner: string
  readonly text: string
}

/** A signed body names its source by the `kid` of its key alone. */
function sameKid(
  { place, path, source }: NamedKeySet,
  { keys, kids }: { readonly keys: readonly VerifyKey[]; readonly kids: Map<string, Owned> },
): readonly Finding[] {
  if (source === undefined) return []
  return keys.flatMap((key) => {
    const { kid } = key
    const text = textOf(key)
    const first = kids.get(kid) ?? { owner: source, text }
    kids.set(kid, first)
    if (first.owner === source || first.text === text) return []
    const message = `${path}: source ${first.owner} has another key of kid ${kid}`
    const fix = 'give each key a kid that no other source uses'
    return [finding('keys.same-kid', place, { message, fix })]
  })
}

function textOf(key: VerifyKey): string {
  return JSON.stringify(publicJwks([{ ...key, kid: '' }]))
}
