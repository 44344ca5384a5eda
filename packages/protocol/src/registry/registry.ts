import type { ClaimValue } from '../scope/scope.ts'
import type { SourceConnection } from './source-connection.ts'
import type { RemovalLimit } from '../guards/removal-guard.ts'
import type { RequestLimits } from '../limits/request-limits.ts'
import type { Polarity, Shape } from '../claims/tightening.ts'

/** An identity source: who answers for it, and how its silence is read. */
export interface Source {
  readonly id: string
  readonly owner: string
  readonly contact: string
  /** JWKS file with the source's public keys, relative to the registry file. */
  readonly keys: string
  /** `dense`: the source numbers its events itself. `monotonic`: the gateway numbers them. */
  readonly ordering: 'dense' | 'monotonic'
  /** `feed`: `sourceVersion` grows over the whole feed, so the source may withdraw values. */
  readonly versions: 'element' | 'feed'
  /** `bound`: its bearer assertions must name the request that they come with. Default: `any`. */
  readonly assertions?: 'any' | 'bound'
  readonly heartbeatMs: number
  /** The time for which this source's silence counts as “nothing changed”, in milliseconds. */
  readonly leaseMs: number
  /** Sources that this one is allowed to act for. */
  readonly onBehalfOf: readonly string[]
  /**
   * Share of its claims, 0 to 1, that a full statement of it may leave out without a confirmation.
   * Default: `SNAPSHOT_REMOVAL_SHARE`.
   */
  readonly snapshotRemovalShare?: number
  /** Beyond so many removals of it in a partition the next ones are held; absent: none is. */
  readonly removalLimit?: RemovalLimit
  /** The upstream systems that `freshet serve connect` reads for it, by tenant. Default: it sends by itself. */
  readonly connections?: ReadonlyMap<string, SourceConnection>
}

/**
 * The reaction of minting to a claim that it cannot give: it mints nothing, or the token names the claim as
 * left out.
 */
export type OnUngiven = 'refuse' | 'omit'

/** `deny`: refuse. `strip`: go on without the claim. `validate`: the authority judges now. */
export type OnUnverified = 'deny' | 'strip' | 'validate'

/** Another source that a claim's own source acts for: it has the values under its prefix. */
export interface Partner {
  readonly name: string
  readonly prefix: string
}

/** A claim type: the one source of its truth, its owner, and how it may be used. */
export interface Claim {
  readonly name: string
  readonly source: string
  readonly owner: string
  readonly description: string
  /** Descriptive claims never deny and can never be required as a grant. */
  readonly kind: 'authoritative' | 'descriptive'
  readonly shape: Shape
  readonly polarity: Polarity
  /** Name of the SLO class that its changes are measured against. */
  readonly class: string
  readonly maxTtlMs: number
  readonly maxBytes?: number
  readonly onUnverified: OnUnverified
  /** The reaction if its source is silent, or if it is in doubt at minting. Default: `refuse`. */
  readonly onMissing?: OnUngiven
  /** The reaction if it, or all claims of the token together, are too large. Default: `refuse`. */
  readonly onOver?: OnUngiven
  /** True if the revocation topic is allowed to disclose values. */
  readonly publish: boolean
  /** The values of a token with actors: those that all parties have, or those of the subject. Default: `intersect`. */
  readonly delegation?: 'intersect' | 'subject'
  /** Claims that this one is derived from; it tightens with them (rule 24). */
  readonly from: readonly string[]
  /**
   * The partners that are allowed to give values of it through its source, and which values. Absent or empty:
   * a partner of the source is allowed what the source is allowed.
   */
  readonly partners?: readonly Partner[]
  /**
   * A second source that states the same claim. Minting gives the values that both state; a removal by either
   * tightens, and the silence of either leaves the claim unverified. Absent: the source alone.
   */
  readonly corroborates?: string
  /** All values that it can have. Absent: any. */
  readonly values?: readonly ClaimValue[]
  /** The form that each of its values has, as `readPattern` reads it; then all are text. Absent: any. */
  readonly pattern?: string
}

/** The requirements of a route for a token. */
export interface Route {
  /** Values of which the token must carry all, by claim. */
  readonly require: ReadonlyMap<string, readonly string[]>
  readonly risk: 'normal' | 'high'
  /** Until then nothing is refused but a token that is not valid; absent: enforced always. */
  readonly observedUntilMs?: number
  /** Files of Cedar policies that can refuse what `require` would allow, relative to the registry file. */
  readonly policies: readonly string[]
  /** Restricting claims of the audience that do not bind requests to this route. Absent: all bind. */
  readonly ignores?: readonly string[]
}

/** A scope of an audience (RFC 6749 §3.3): a client that has it too gets it where it asks for it. */
export interface AudienceScope {
  /**
   * Values of which the token must carry all, by claim; empty: none. A token with this scope is
   * judged by these claims, whatever a route uses.
   */
  readonly require: ReadonlyMap<string, readonly string[]>
}

/** A resource server: the claims its tokens carry, for how long, and what its routes need. */
export interface Audience {
  readonly name: string
  readonly claims: readonly string[]
  /** Scopes that its tokens can have, by name. Absent: none. */
  readonly scopes?: ReadonlyMap<string, AudienceScope>
  readonly ttlMs: number
  /** Bytes that all claims of a token may have together, as JSON. */
  readonly maxBytes?: number
  readonly routes: ReadonlyMap<string, Route>
}

/** A tenant's identity provider, whose tokens the authority exchanges. */
export interface IdentityProvider {
  /** Its `iss`. */
  readonly issuer: string
  /** JWKS file, relative to the registry file: no other key of it counts. */
  readonly keys?: string
  /** In place of a file: where it publishes its keys. */
  readonly published?: PublishedAt
  /** `aud` values that its tokens can have beside our own issuer name. Absent: our name alone. */
  readonly audiences?: readonly string[]
  /** `azp` values that its tokens can have. Absent: one of `audiences`. */
  readonly azp?: readonly string[]
  /** Longest life of its tokens, `exp - iat`. Absent: `exp` is at most 5 min away. */
  readonly maxLifeMs?: number
  /** The claim that names a token, where it has no `jti`. */
  readonly idClaim?: string
}

/** A tenant: who may name its subjects. */
export interface Tenant {
  readonly id: string
  /** The limits of all its clients together, at each authority. Absent: `TENANT_LIMITS`. */
  readonly limits?: Partial<RequestLimits>
  readonly identityProviders: readonly IdentityProvider[]
}

/** The subject of a client's own tokens: one of its tenant's identity providers. */
export interface ClientSubject {
  readonly iss: string
  readonly sub: string
}

/** An OAuth client of the authority. It has a secret or keys: one way to authenticate. */
export interface Client {
  readonly id: string
  readonly tenant: string
  /** SHA-256 of the secret, base64url: the client uses `client_secret_basic`. */
  readonly secretHash?: string
  /** JWKS file, relative to the registry file: the client uses `private_key_jwt`. */
  readonly keys?: string
  /** A workload's own subject. Without it the client can have no token but for others. */
  readonly subject?: ClientSubject
  /** Clients of identity providers, by their `client_id` there, whose tokens it exchanges. */
  readonly presents?: readonly string[]
  /** Audiences that it may have tokens for. */
  readonly audiences: readonly string[]
  /** The limits at each authority. Absent: `CLIENT_LIMITS`. */
  readonly limits?: Partial<RequestLimits>
  /** Scopes that it can ask for, of any of its audiences that has them. Absent: none. */
  readonly scopes?: readonly string[]
  /**
   * Audiences that it is a resource server of: the authority answers it about their tokens, in its own
   * tenant.
   */
  readonly introspects: readonly string[]
  /**
   * Names of edges whose reports count only with its signature; `*` at the end stands for any rest. Absent: the first client that
   * signs for a name holds it.
   */
  readonly edges?: readonly string[]
}

/**
 * An issuer of tokens without our label. They are judged by time, by claims that the issuer copies from the
 * sources that own them here.
 */
export interface ForeignIssuer {
  readonly name: string
  /** Its `iss`. */
  readonly issuer: string
  /** The tenant whose subjects and revocations its tokens belong to. */
  readonly tenant: string
  /** JWKS file, relative to the registry file: no other key of it counts. */
  readonly keys?: string
  /** In place of a file: where it publishes its keys. */
  readonly published?: PublishedAt
  /** The public keys of that file as JWKs, once they were read with it. */
  readonly publicKeys?: readonly Readonly<Record<string, unknown>>[]
  /** The audiences that accept its tokens; `aud` must name them, too. */
  readonly audiences: readonly string[]
  /** Claims of ours by the names that they have in its tokens. */
  readonly claims: ReadonlyMap<string, string>
  readonly subjects: ForeignSubjects
  /** The largest delay of its copy of a claim, including the skew of its clock, in milliseconds. */
  readonly marginMs: number
  /** Longest life of its tokens. */
  readonly maxTtlMs: number
  /** True if its tokens must follow RFC 9068. */
  readonly rfc9068: boolean
  /** The source that signs its issuance records; absent: there are none. */
  readonly issuances?: string
}

/** The place where an issuer publishes its keys: an address, or its metadata. */
export interface PublishedAt {
  readonly jwksUri?: string
  readonly metadata?: IssuerMetadata
  /** The time for which keys count after they could not be read again, in milliseconds. */
  readonly keptMs: number
}

/** Which document at the well-known address of an issuer: of RFC 8414, or of OpenID Connect Discovery. */
export type IssuerMetadata = 'oauth-authorization-server' | 'openid-configuration'

/** The name of a foreign token's subject here (RFC 9493, `iss_sub`). */
export interface ForeignSubjects {
  /** The identity provider of the tenant whose subjects they are. */
  readonly iss: string
  /** The claim of the token that has their `sub`. */
  readonly sub: string
  /** The form of each `sub`, as `readPattern` reads it: tokens with another spelling are refused. Absent: any. */
  readonly pattern?: string
}

/** An SLO class of changes. */
export interface ServiceLevel {
  /** Share of changes that must be in time, 0 to 1. */
  readonly objective: number
  readonly withinMs: number
  readonly windowMs: number
}

/**
 * The claim registry: one reviewed file with the owner and the source of each claim. `version` is the policy
 * version `pv`: it only grows, also when old content is rolled back to.
 */
export interface Registry {
  readonly version: number
  /** The source that decides about disabled, enabled and deleted accounts. */
  readonly account: string
  /** Sources that may withdraw tenants, clients, keys, issuers, sessions and tokens. */
  readonly cutOffs: readonly string[]
  /** Share of a tenant's outstanding tokens, 0 to 1, above which a cut-off must be confirmed; absent: none. */
  readonly cutOffShare?: number
  /** The longest time of a break-glass grant, in milliseconds; absent: no grant is allowed. */
  readonly breakGlassMaxMs?: number
  readonly tenants: ReadonlyMap<string, Tenant>
  readonly sources: ReadonlyMap<string, Source>
  readonly claims: ReadonlyMap<string, Claim>
  readonly audiences: ReadonlyMap<string, Audience>
  readonly clients: ReadonlyMap<string, Client>
  readonly slo: ReadonlyMap<string, ServiceLevel>
  /** Other issuers whose tokens edges can accept. Absent: none. */
  readonly issuers?: ReadonlyMap<string, ForeignIssuer>
  /** File of the Cedar schema that policies are checked against, relative to the registry file. */
  readonly policySchema?: string
}
