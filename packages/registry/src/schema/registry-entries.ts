import type { ClaimMapping, ClaimValue, IssuerMetadata, SourceConnection } from '@freshet/protocol'

/** A source in the registry file, with defaults filled in; durations are still text. */
export interface SourceEntry {
  readonly owner: string
  readonly contact: string
  readonly keys: string
  readonly ordering: 'dense' | 'monotonic'
  readonly versions: 'element' | 'feed'
  readonly assertions?: 'any' | 'bound'
  readonly heartbeat: string
  readonly lease: string
  readonly onBehalfOf: readonly string[]
  readonly maxSweep?: string
  readonly maxRemovals?: string
  readonly connect?: Readonly<Record<string, ConnectionEntry>>
}

/** The upstream system of a source in the registry file, with defaults filled in; durations are still text. */
export interface ConnectionEntry extends Pick<
  SourceConnection,
  'kind' | 'at' | 'subject' | 'account'
> {
  readonly settle: string
  readonly interval: string
  readonly compare: string
  readonly claims: Readonly<Record<string, MappingEntry>>
  readonly options: Readonly<Record<string, string>>
}

/** The mapping of a claim in the registry file. */
export interface MappingEntry extends Omit<ClaimMapping, 'values'> {
  readonly values?: Readonly<Record<string, ClaimValue>>
}

/** A claim in the registry file, with defaults filled in. */
export interface ClaimEntry {
  readonly source: string
  readonly owner: string
  readonly description: string
  readonly kind: 'authoritative' | 'descriptive'
  readonly shape: 'set' | 'scalar'
  readonly polarity: 'grant' | 'restrict'
  readonly class: string
  readonly maxTtl: string
  readonly maxBytes?: number
  readonly onUnverified: 'deny' | 'strip' | 'validate'
  readonly onMissing?: 'refuse' | 'omit'
  readonly onOver?: 'refuse' | 'omit'
  readonly delegation?: 'intersect' | 'subject'
  readonly publish: boolean
  readonly from: readonly string[]
  readonly values?: readonly (string | number | boolean)[]
  readonly pattern?: string
  readonly corroborates?: string
  readonly partners?: readonly { readonly name: string; readonly prefix: string }[]
}

/** A route in the registry file, with defaults filled in. */
export interface RouteEntry {
  readonly require: Readonly<Record<string, readonly string[]>>
  readonly risk: 'normal' | 'high'
  readonly enforce: string
  readonly policies: readonly string[]
  readonly ignores?: readonly string[]
}

/** A scope of an audience in the registry file, with defaults filled in. */
export interface ScopeEntry {
  readonly require: Readonly<Record<string, readonly string[]>>
}

/** An audience in the registry file, with defaults filled in. */
export interface AudienceEntry {
  readonly claims: readonly string[]
  readonly scopes: Readonly<Record<string, ScopeEntry>>
  readonly ttl: string
  readonly maxBytes?: number
  readonly routes: Readonly<Record<string, RouteEntry>>
}

/** Limits of a client or a tenant in the registry file. */
export interface LimitsEntry {
  readonly mint?: string
  readonly revoke?: string
}

/** A tenant in the registry file, with defaults filled in. */
export interface TenantEntry {
  readonly identityProviders: readonly IdentityProviderEntry[]
  readonly limits?: LimitsEntry
}

/** An identity provider in the registry file, with defaults filled in. */
export interface IdentityProviderEntry extends KeyOriginEntry {
  readonly issuer: string
  readonly audiences?: readonly string[]
  readonly azp?: readonly string[]
  readonly maxLife?: string
  readonly idClaim?: string
}

/** The origin of keys, in the registry file. */
export interface KeyOriginEntry {
  readonly keys?: string
  readonly jwksUri?: string
  readonly metadata?: IssuerMetadata
  readonly keysKept: string
}

/** A client in the registry file, with defaults filled in. */
export interface ClientEntry {
  readonly tenant: string
  readonly secretHash?: string
  readonly keys?: string
  readonly subject?: { readonly iss: string; readonly sub: string }
  readonly presents?: readonly string[]
  readonly audiences: readonly string[]
  readonly scopes: readonly string[]
  readonly introspects: readonly string[]
  readonly edges?: readonly string[]
  readonly limits?: LimitsEntry
}

/** An issuer of foreign tokens in the registry file, with defaults filled in. */
export interface IssuerEntry extends KeyOriginEntry {
  readonly issuer: string
  readonly tenant: string
  readonly audiences: readonly string[]
  readonly claims: Readonly<Record<string, string>>
  readonly subjects: { readonly iss: string; readonly sub: string; readonly pattern?: string }
  readonly margin: string
  readonly maxTtl: string
  readonly rfc9068: boolean
  readonly issuances?: string
}

/** An SLO class in the registry file. */
export interface ServiceLevelEntry {
  readonly objective: string
  readonly within: string
  readonly window: string
}

/** The registry file with its defaults filled in. */
export interface RegistryFile {
  readonly version: number
  readonly account: string
  readonly cutOffs: readonly string[]
  readonly guards?: { readonly cutOff: string }
  readonly breakGlass?: { readonly maxFor: string }
  readonly tenants: Readonly<Record<string, TenantEntry>>
  readonly sources: Readonly<Record<string, SourceEntry>>
  readonly claims: Readonly<Record<string, ClaimEntry>>
  readonly audiences: Readonly<Record<string, AudienceEntry>>
  readonly clients: Readonly<Record<string, ClientEntry>>
  readonly issuers: Readonly<Record<string, IssuerEntry>>
  readonly slo: Readonly<Record<string, ServiceLevelEntry>>
  readonly policySchema?: string
}
