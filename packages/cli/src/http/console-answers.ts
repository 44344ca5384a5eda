import type { TokenKind } from '@freshet/domain'
import type { ClaimUsage, UsedClaim } from '@freshet/domain/usage'
import type { ShownDifference } from '../output/differences-text.ts'

/** The console's answers, as far as this program reads them. Times are RFC 3339. */
export interface ChangesAnswer {
  readonly apiVersion: string
  readonly items: readonly ChangeAnswer[]
}

/** A change that was recorded. */
export interface LoggedChangeAnswer {
  readonly id: string
  readonly tenant: string
  readonly source: string
  readonly kind: string
  readonly op: string | null
  readonly claim: string | null
  /** `sub` is told to operators alone. */
  readonly subject: { readonly iss: string; readonly sub: string | null } | null
  readonly outcome: string
  readonly tightened: boolean
  readonly tokensMarked: number
  readonly occurredAt: string
  readonly recordedAt: string
}

/** A change with its way to every edge. */
export interface ChangeAnswer extends LoggedChangeAnswer {
  readonly state: 'pending' | 'recorded' | 'published' | 'applied'
  readonly completeMs: number | null
  readonly steps: readonly {
    readonly stage: string
    readonly at: string
    readonly clock: string
  }[]
  readonly edges: readonly {
    readonly edge: string
    readonly standing: string
    readonly appliedAt: string | null
    readonly clock: string
    readonly sincePublishedMs: number | null
  }[]
  /** `null` for a change that takes nothing away; a console of before there was one tells none. */
  readonly exposure?: ExposureAnswer | null
}

/** What was let in after a change was committed at its source, and before edges had applied it. */
export interface ExposureAnswer {
  /** `null` while no edge has told. */
  readonly requests: number | null
  readonly errorMs: number | null
  readonly isLowerBound: boolean
  readonly byEdge: readonly {
    readonly edge: string
    readonly route: string
    readonly requests: number
  }[]
  readonly notKnown: readonly string[]
}

/** How audiences used the claims that their tokens carry. */
export interface UsageAnswer {
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

/** What is said of one claim of a token. */
export interface VerdictAnswer {
  readonly verdict: 'fresh' | 'stale' | 'unverified'
  readonly reason?: string
  readonly change?: string
  readonly source?: string
  readonly since?: string
}

/** A token, explained. */
export interface TokenAnswer {
  readonly jti: string
  readonly tenant: string
  readonly client: string
  readonly policyVersion: number
  readonly expired: boolean
  readonly parties: readonly {
    readonly subject: { readonly iss: string; readonly sub: string | null }
    readonly label: { readonly e: string; readonly s: string; readonly c: string }
  }[]
  readonly claims: Readonly<Record<string, VerdictAnswer>>
  readonly ledger: {
    readonly issuedAt: string
    readonly expiresAt: string
    readonly mark: {
      readonly at: string
      readonly reason: string
      readonly source: string
      readonly change: string
    } | null
  } | null
  readonly issuance: IssuanceAnswer | null
}

/** What a token carried, as it was recorded. */
export interface IssuanceAnswer {
  readonly audience: string
  readonly policyVersion: number
  readonly policyHash: string
  readonly issuedAt: string
  readonly expiresAt: string
  /** It provably never left. */
  readonly withheld: boolean
  readonly claims: readonly {
    readonly claim: string
    readonly source: string | null
    readonly through: string | null
    readonly values: readonly (string | number | boolean)[] | null
  }[]
}

/** Tokens that carry or carried a value at a time. */
export interface HoldersAnswer {
  readonly at: string
  readonly items: readonly {
    readonly jti: string
    readonly subject: { readonly iss: string; readonly sub: string } | null
    readonly audience: string
    readonly client: string
    readonly policyVersion: number
    readonly issuedAt: string
    readonly expiresAt: string
    readonly stale: { readonly at: string; readonly reason: string; readonly change: string } | null
  }[]
  /** Where the next page begins; `null` at the end. */
  readonly next: string | null
}

/** A subject's recent changes and outstanding tokens. */
export interface SubjectAnswer {
  readonly changes: readonly LoggedChangeAnswer[]
  readonly tokens: readonly {
    readonly jti: string
    readonly audience: string
    readonly client: string
    readonly claims: readonly string[]
    readonly issuedAt: string
    readonly expiresAt: string
    readonly stale: { readonly at: string; readonly reason: string; readonly change: string } | null
  }[]
}

/** How far each partition came, how each source stands, what is parked. */
export interface StatusAnswer {
  readonly apiVersion: string
  readonly policy: {
    /** As the console has loaded it. */
    readonly version: number
    readonly hash: string
    readonly active: { readonly version: number; readonly hash: string | null } | null
  }
  readonly partitions: readonly {
    readonly partition: number
    readonly e: string
    readonly position: string
    readonly end: string | null
    readonly lag: string | null
    readonly policyVersion: number
    readonly waiting: number
    readonly publishedAt: string | null
  }[]
  readonly sources: readonly {
    readonly tenant: string
    readonly source: string
    readonly standing: 'live' | 'silent' | 'hole' | 'halted' | 'unheard'
    readonly through: string | null
    readonly leaseMs: number
    /** Claims of subjects that changed unannounced, as its full statements found. */
    readonly missed: number
  }[]
  /** Claims of which their two sources say different things. */
  readonly contradictions: readonly {
    readonly tenant: string
    readonly claim: string
    readonly source: string
    readonly corroborates: string
    readonly subjects: number
    readonly since: string
  }[]
  /** Routes that an admin opened for a claim. */
  readonly openings: readonly {
    readonly id: string
    readonly tenant: string
    readonly audience: string
    readonly route: string
    readonly claim: string
    readonly from: string
    readonly until: string
    readonly by: string
    readonly reason: string
  }[]
  readonly quarantined: string | null
  readonly lastChange: LoggedChangeAnswer | null
  /** The last probe of each claim; `null`: nothing is probed. A console of before tells none. */
  readonly probes?: readonly ProbeStanding[] | null
}

/** What became of the last probe of a claim. */
export interface ProbeStanding {
  readonly claim: string
  readonly at: string
  /** Until every door refused; `null` where one did not. */
  readonly tookMs: number | null
  readonly broken: {
    readonly step: string
    readonly at: string | null
    readonly why: string
  } | null
}

/** Who brought a version, when, and why it was activated. */
export interface VersionAnswer {
  readonly version: number
  readonly hash: string
  /** Who published it; null where it is not kept. */
  readonly published: { readonly by: string; readonly at: string } | null
  /** Who ordered its activation, and why. */
  readonly ordered: {
    readonly by: string
    readonly reason: string
    readonly minimum: number
    readonly at: string
  } | null
}

/** A part of the registry: its name under the name of its kind, and all that is said of it. */
export type RegistryEntry = Readonly<Record<string, unknown>>

/** The registry of the active version: all that it says. */
export interface RegistryAnswer extends VersionAnswer {
  readonly apiVersion: string
  readonly account: string
  readonly cutOffs: readonly string[]
  readonly cutOffShare: number | null
  readonly breakGlassMaxMs: number | null
  readonly policySchema: string | null
  readonly tenants: readonly RegistryEntry[]
  readonly sources: readonly RegistryEntry[]
  readonly claims: readonly (RegistryEntry & { readonly claim: string; readonly source: string })[]
  readonly audiences: readonly (RegistryEntry & { readonly routes: readonly RegistryEntry[] })[]
  readonly clients: readonly RegistryEntry[]
  /** A console of before there were any tells none. */
  readonly issuers?: readonly RegistryEntry[]
  readonly slo: readonly RegistryEntry[]
  /** The latest versions, newest first. */
  readonly versions: readonly VersionAnswer[]
}

/** Outstanding tokens by what a registry tells apart. */
export interface OutstandingAnswer {
  readonly at: string
  /** False where there are more than were looked at. */
  readonly isComplete: boolean
  readonly kinds: readonly TokenKind[]
}

/** `GET /v1/session/ways`. */
export interface LoginWaysAnswer {
  readonly token: boolean
  readonly openid: { readonly issuer: string } | null
}
