import type { Registry } from '@freshet/protocol'
import { ACME_IDP, exampleClaim, exampleRegistry, exampleSource } from '@freshet/testkit'
import { AUDIENCE, DIRECTORY, LEASE_MS, TENANT, TOKEN_LIFE_MS } from './deployment.ts'
import { PARTNER_IDP } from './journal.ts'

/** The sources of every version. Each can be the owner of any claim. */
export const SOURCES: readonly string[] = ['hr', 'iga', 'security', DIRECTORY]
/** The identity providers that can name subjects of the tenant. */
export const PROVIDERS: readonly string[] = [ACME_IDP, PARTNER_IDP]

/** A partner of `iga`, for which it adds and removes entitlements. */
export const PARTNER_TOOL = 'partner-tool'
/** The beginnings of the values that the partner can have in turn: one value each. */
export const PREFIXES: readonly string[] = ['pay', 'read']

/** A claim of a version: its owner, and what an added value means. */
export interface OwnedClaim {
  readonly source: string
  /** The source that corroborates it. */
  readonly witness?: string
  readonly polarity: 'grant' | 'restrict'
}

/** The content of a policy version, as far as the truth depends on it. */
export interface RegistryState {
  readonly account: string
  readonly cutOffs: readonly string[]
  readonly claims: ReadonlyMap<string, OwnedClaim>
  /** The beginning of the partner's values; absent: `iga` sends nothing for it. */
  readonly prefix?: string
  /** The claims that tokens carry. */
  readonly carried: readonly string[]
  /** False: no version has an audience, so no token of it is good. */
  readonly hasAudience: boolean
  readonly providers: readonly string[]
  readonly hasTenant: boolean
}

/** The content of the first version: restricting claims beside granting ones. */
export const FIRST_STATE: RegistryState = {
  account: 'hr',
  cutOffs: ['security'],
  claims: new Map([
    ['groups', { source: 'hr', polarity: 'grant' }],
    ['entitlements', { source: 'iga', polarity: 'grant' }],
    ['holds', { source: 'iga', polarity: 'restrict' }],
    ['roles', { source: DIRECTORY, polarity: 'grant' }],
  ]),
  prefix: 'pay',
  carried: ['groups', 'entitlements', 'holds', 'roles'],
  hasAudience: true,
  providers: PROVIDERS,
  hasTenant: true,
}

/** Returns the registry of a state. */
export function registryOf(state: RegistryState, version: number): Registry {
  const { account, cutOffs, providers, prefix } = state
  const partners = prefix === undefined ? [] : [{ name: PARTNER_TOOL, prefix }]
  const claims = [...state.claims].map(([name, { source, witness, polarity }]) =>
    exampleClaim(name, source, {
      polarity,
      maxTtlMs: TOKEN_LIFE_MS,
      ...(witness !== undefined && { corroborates: witness }),
      ...(name === 'entitlements' && source === 'iga' && { partners }),
    }),
  )
  const sources = SOURCES.map((id) =>
    exampleSource(id, {
      versions: 'feed',
      leaseMs: LEASE_MS,
      onBehalfOf: id === 'iga' ? partners.map(({ name }) => name) : [],
    }),
  )
  const identityProviders = providers.map((issuer, at) => ({ issuer, keys: `keys/idp-${at}.json` }))
  return exampleRegistry(sources, claims, {
    version,
    account,
    cutOffs,
    tenants: new Map(state.hasTenant ? [[TENANT, { id: TENANT, identityProviders }]] : []),
    audiences: new Map(
      state.hasAudience ? [[AUDIENCE.name, { ...AUDIENCE, claims: state.carried }]] : [],
    ),
    slo: new Map([['reduce', { objective: 0.999, withinMs: 2_000, windowMs: 86_400_000 }]]),
  })
}
