import { generateKeyPairSync } from 'node:crypto'
import { invariant, type Audience, type Claim, type Registry, type Source } from '@freshet/protocol'
import { readRegistryDocument, type PolicyVersion } from '@freshet/registry'
import type { TimedSigningKey } from '@freshet/wire'
import { acmeRegistry, EDGE_AUDIENCE, EDGE_ISSUER } from '@freshet/testkit'
import { documentOf } from './policy-documents.ts'
import { DERIVED } from './truth.ts'

/** The configuration of every process of a run. */
export const ISSUER: string = EDGE_ISSUER
export const TENANT = 'acme'
/** A second tenant, in runs that have one: its subjects, clients and changes have the same names. */
export const NEIGHBOUR = 'globex'

/** Lives are short, so that watermarks, bases and tokens of a run also end within it. */
export const TOKEN_LIFE_MS = 15_000
export const BASE_AGE_MS = 19_000
/** No session of an identity provider ends within a run. */
export const SESSION_LIFE_MS = 3_600_000
/** The lease of every source. */
export const LEASE_MS = 5_000
/** The largest difference between the clocks of a source and an edge. */
export const TOLERANCE_MS = 2_000
/** The promise: after so long no edge calls a lost claim fresh. */
export const D_MS: number = LEASE_MS + TOLERANCE_MS

export const AUDIENCE: Audience = {
  name: EDGE_AUDIENCE,
  claims: ['groups', 'entitlements', 'roles'],
  ttlMs: TOKEN_LIFE_MS,
  routes: new Map(),
}

/** A source that writes to the change topic itself, and signs its records. */
export const DIRECTORY = 'directory'

/** The longest break-glass grant. */
export const GRANT_MAX_MS = 60_000
/** Share of a tenant's tokens above which an operator must confirm. */
const CUT_OFF_SHARE = 0.2

/** The example's registry, with one more source and claim, one lease for all sources, and guards. */
export const REGISTRY: Registry = withDirectory(
  acmeRegistry({
    audiences: new Map([[AUDIENCE.name, AUDIENCE]]),
    cutOffShare: CUT_OFF_SHARE,
    breakGlassMaxMs: GRANT_MAX_MS,
  }),
)

/** A policy version, as a process loads it. */
export interface Policy extends PolicyVersion {
  /** The text as it is published. */
  readonly document: string
  readonly minimum: number
}

export const VERSIONS_MAX = 5
/** The claim that can move, and its second source beside that of the first version. */
const MOVING = 'roles'
const OTHER_SPEAKER = 'hr'

/** The versions of a run. All have the same content; every other one ends older tokens. */
export const POLICIES: readonly Policy[] = versions(() => REGISTRY)

/** Versions that differ: the second moves a claim to another source, and the fourth moves it back. */
export const MOVING_POLICIES: readonly Policy[] = versions((version) => {
  const moving = REGISTRY.claims.get(MOVING)
  invariant(moving !== undefined, 'The claim that moves is registered.')
  const source = version === 2 || version === 3 ? OTHER_SPEAKER : moving.source
  return { ...REGISTRY, claims: new Map([...REGISTRY.claims, [MOVING, { ...moving, source }]]) }
})

/** The versions of a run with two tenants, which share one identity provider. */
export const SHARED_POLICIES: readonly Policy[] = versions(() => {
  const tenant = REGISTRY.tenants.get(TENANT)
  invariant(tenant !== undefined, 'The tenant is registered.')
  const tenants = new Map([...REGISTRY.tenants, [NEIGHBOUR, { ...tenant, id: NEIGHBOUR }]])
  return { ...REGISTRY, tenants }
})

const QUIET = 'quiet-'

/** Returns names of tenants in which nothing changes. */
export function quietNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `${QUIET}${n}`)
}

/** Returns true for a tenant in which nothing changes. */
export function isQuiet(tenant: string): boolean {
  return tenant.startsWith(QUIET)
}

/** The versions of a run with so many additional quiet tenants, which share one identity provider. */
export function crowdedPolicies(count: number): readonly Policy[] {
  const tenant = REGISTRY.tenants.get(TENANT)
  invariant(tenant !== undefined, 'The tenant is registered.')
  const quiet = quietNames(count).map((id) => [id, { ...tenant, id }] as const)
  const registry = { ...REGISTRY, tenants: new Map([...REGISTRY.tenants, ...quiet]) }
  return versions(() => registry)
}

/** Returns the versions of a run; each has a registry of its own, or the same. */
export function versions(registryOf: (version: number) => Registry): readonly Policy[] {
  return Array.from({ length: VERSIONS_MAX }, (_, at) => {
    const document = documentOf({ ...registryOf(at + 1), version: at + 1 })
    return { ...readRegistryDocument(document), document, minimum: at % 2 === 0 ? 0 : at + 1 }
  })
}

function withDirectory(registry: Registry): Registry {
  const { hr } = Object.fromEntries(registry.sources)
  const groups = registry.claims.get('groups')
  invariant(hr !== undefined && groups !== undefined, 'The example has hr and its groups.')
  const directory: Source = { ...hr, id: DIRECTORY, versions: 'element' }
  const from = DERIVED.get('roles') ?? []
  const roles: Claim = { ...groups, name: 'roles', source: DIRECTORY, from }
  const sources = [...registry.sources.values(), directory]
  return {
    ...registry,
    sources: new Map(sources.map((source) => [source.id, { ...source, leaseMs: LEASE_MS }])),
    claims: new Map([...registry.claims, [roles.name, roles]]),
  }
}

/**
 * The first key signs tokens; each of the others waits for its rotation, or for a denial of those before it.
 * Every process of a simulation creates new ones, because no decision ever depends on their bits.
 */
export const TOKEN_KEYS: readonly TimedSigningKey[] = [1, 2, 3, 4].map((n) => ({
  kid: `token-${n}`,
  alg: 'ES256',
  key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  ...(n === 1 && { signsFromMs: 0 }),
}))
