import type { TokenKind } from '@freshet/registry/diff'
import type { ClaimUsage, UsedClaim } from '@freshet/registry'

/** The author and time of a version, and the reason of its activation. */
export interface VersionAnswer {
  readonly version: number
  readonly hash: string
  /** The admin who published it; null if it is not kept. */
  readonly published: { readonly by: string; readonly at: string } | null
  /** The admin who ordered its activation, and the reason. */
  readonly ordered: {
    readonly by: string
    readonly reason: string
    readonly minimum: number
    readonly at: string
  } | null
}

/** A part of the registry: its name under the name of its kind, and all of its members. */
export type RegistryEntry = Readonly<Record<string, unknown>>

/** The registry of the active version with all of its parts. */
export interface RegistryAnswer extends VersionAnswer {
  readonly apiVersion: string
  readonly account: string
  readonly cutOffs: readonly string[]
  readonly cutOffShare: number | null
  readonly breakGlassMaxMs: number | null
  readonly policySchema: string | null
  readonly tenants: readonly (RegistryEntry & {
    readonly tenant: string
    readonly identityProviders: readonly { readonly issuer: string; readonly keys?: string }[]
  })[]
  readonly sources: readonly (RegistryEntry & {
    readonly source: string
    readonly owner: string
    readonly contact: string
    readonly ordering: string
    readonly leaseMs: number
  })[]
  readonly claims: readonly (RegistryEntry & {
    readonly claim: string
    readonly source: string
    readonly owner: string
    readonly description: string
    readonly kind: string
    readonly class: string
    readonly maxTtlMs: number
    readonly onUnverified: string
    readonly audiences: readonly string[]
  })[]
  readonly audiences: readonly (RegistryEntry & {
    readonly audience: string
    readonly claims: readonly string[]
    readonly ttlMs: number
    readonly routes: readonly (RegistryEntry & { readonly route: string; readonly risk?: string })[]
  })[]
  readonly clients: readonly RegistryEntry[]
  /** The foreign issuers; absent from consoles of earlier versions. */
  readonly issuers?: readonly RegistryEntry[]
  readonly slo: readonly RegistryEntry[]
  readonly findings: readonly {
    readonly code: string
    readonly severity: string
    readonly place: string
    readonly message: string
  }[]
  /** The latest that were published, newest first. */
  readonly versions: readonly (VersionAnswer & {
    readonly published: NonNullable<VersionAnswer['published']>
  })[]
}

/** A difference of a registry version, as the gateway reports it and `diff` finds it. */
export interface ShownDifference {
  /** JSON pointer into the file. */
  readonly place: string
  readonly effect: 'tightens' | 'widens' | 'other'
  readonly needsMinimum: boolean
  readonly sentence: string
  /** Outstanding tokens that it is about, where they were counted. */
  readonly tokens?: number
}

/** The audiences' use of the claims that their tokens carry. */
export interface UsageAnswer {
  readonly apiVersion: string
  readonly days: number
  readonly items: readonly {
    readonly audience: string
    /** The first day that was counted; `null`: none was. */
    readonly since: string | null
    readonly claims: readonly ClaimUsage[]
    readonly routes: readonly Omit<UsedClaim, 'audience'>[]
  }[]
  readonly differences: readonly ShownDifference[]
}

/** Outstanding tokens, by the properties that a registry distinguishes. */
export interface OutstandingAnswer {
  readonly apiVersion: string
  readonly at: string
  /** False where there are more than were looked at. */
  readonly isComplete: boolean
  readonly kinds: readonly TokenKind[]
}
