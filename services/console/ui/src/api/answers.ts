/** What the console answers, as far as the pages read it. Times are RFC 3339, positions decimal text. */

export interface Session {
  readonly name: string
  readonly role: 'viewer' | 'operator' | 'admin'
  readonly csrf: string | null
  readonly until: string | null
  readonly canOrder: boolean
}

/** How one logs in here. */
export interface LoginWays {
  readonly token: boolean
  readonly openid: { readonly issuer: string } | null
}

/** `end`: where the session at the identity provider ends too; nothing where there is none. */
export type LoggedOut = { readonly end: string } | undefined

export interface Subject {
  readonly iss: string
  /** `null`: told to operators alone. */
  readonly sub: string | null
}

export interface Change {
  readonly id: string
  readonly tenant: string
  readonly source: string
  readonly kind: string
  readonly op: string | null
  readonly claim: string | null
  readonly subject: Subject | null
  readonly class: string | null
  readonly outcome: string
  readonly isProbe: boolean
  readonly tightened: boolean
  readonly tokensMarked: number
  readonly position: { readonly e: string; readonly partition: number; readonly offset: string }
  readonly occurredAt: string
  readonly recordedAt: string
  readonly traceparent: string | null
}

export interface EdgeStep {
  readonly edge: string
  readonly standing: string
  readonly appliedAt: string | null
  readonly sincePublishedMs: number | null
}

export interface Timeline extends Change {
  readonly state: 'pending' | 'recorded' | 'published' | 'applied'
  readonly completeMs: number | null
  readonly steps: readonly { readonly stage: string; readonly at: string; readonly clock: string }[]
  readonly edges: readonly EdgeStep[]
  readonly exposure?: Exposure | null
}

export interface Exposure {
  /** `null`: no edge has told yet, which is not none. */
  readonly requests: number | null
  readonly errorMs: number | null
  readonly isLowerBound: boolean
  readonly notKnown: readonly string[]
  readonly byEdge: readonly {
    readonly edge: string
    readonly route: string | null
    readonly requests: number
  }[]
}

export interface HeldToken {
  readonly jti: string
  readonly issuer?: string
  readonly audience: string
  readonly client: string
  readonly claims: readonly string[]
  readonly issuedAt: string
  readonly expiresAt: string
  readonly stale: { readonly at: string; readonly reason: string; readonly change: string } | null
}

export interface ChangeTokens {
  readonly items: readonly {
    readonly tenant: string
    readonly source: string
    readonly isOfSubject: boolean
    readonly tokensMarked: number
    readonly tokens: readonly (HeldToken & { readonly effect: string })[]
  }[]
}

export interface SubjectView {
  readonly changes: readonly Change[]
  readonly tokens: readonly HeldToken[]
}

export interface Verdict {
  readonly verdict: 'fresh' | 'stale' | 'unverified'
  readonly reason?: string
  readonly change?: string
  readonly source?: string
  readonly since?: string
}

export interface TokenView {
  readonly jti: string
  readonly tenant: string
  readonly client: string
  readonly policyVersion: number
  readonly expired: boolean
  readonly parties: readonly {
    readonly subject: Subject
    readonly label: { readonly e: string; readonly s: string; readonly c: string }
  }[]
  readonly claims: Readonly<Record<string, Verdict>>
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
  readonly issuance: {
    readonly subject: Subject | null
    readonly audience: string
    readonly issuedAt: string
    readonly expiresAt: string
    readonly withheld: boolean
    readonly claims: readonly {
      readonly claim: string
      readonly source: string | null
      readonly through: string | null
      readonly values: readonly unknown[] | null
    }[]
  } | null
}

export interface Edge {
  readonly edge: string
  readonly audience: string
  readonly version: string
  readonly standing: string
  readonly state: string
  readonly reportedAt: string
  readonly partitions: readonly {
    readonly partition: number
    readonly applied: string
    readonly viewAgeMs: number | null
    /** Records behind; `null`: the broker does not tell. */
    readonly records?: string | null
    readonly behindMs?: number | null
  }[]
  /** Decisions per second in the last whole minute; `null`: it told of none. */
  readonly rates?: { readonly allow: number; readonly deny: number } | null
}

/** What became of the last probe of a claim. */
export interface Probe {
  readonly claim: string
  readonly at: string
  readonly change: string | null
  /** Until every door refused; `null` where one did not. */
  readonly tookMs: number | null
  readonly broken: {
    readonly step: string
    readonly at: string | null
    readonly why: string
  } | null
  /** The last of them, oldest first, with this one. */
  readonly recent: readonly { readonly at: string; readonly tookMs: number | null }[]
}

/** How long everybody who reads is behind; `null`: it is not known. */
export interface Lag {
  readonly recording: readonly { readonly partition: number; readonly behindMs: number | null }[]
  readonly edges: readonly {
    readonly edge: string
    readonly standing: string
    readonly partition: number
    readonly behindMs: number | null
  }[]
}

export interface Status {
  /** By the console's clock. */
  readonly measuredAt: string
  readonly policy: {
    readonly version: number
    readonly active: { readonly version: number } | null
  }
  readonly partitions: readonly {
    readonly partition: number
    readonly position: string
    readonly end: string | null
    readonly lag: string | null
    readonly waiting: number
    readonly publishedAt: string | null
  }[]
  readonly sources: readonly {
    readonly tenant: string
    readonly source: string
    readonly standing: string
    readonly through: string | null
    readonly leaseMs: number
    readonly missed: number
  }[]
  readonly openings: readonly unknown[]
  readonly quarantined: string | null
  readonly lastChange: Change | null
  /** `null`: nothing is probed. */
  readonly probes: readonly Probe[] | null
}

export interface Slo {
  readonly name: string
  readonly sli: string
  readonly class: string | null
  readonly thresholdMs: number | null
  readonly target: number
  readonly description: string
  readonly windowDays: number
  readonly good: number
  readonly valid: number
  readonly ratio: number | null
  readonly budgetRemaining: number | null
  readonly burn: readonly {
    readonly window: string
    readonly ratio: number | null
    readonly rate: number | null
  }[]
  readonly state: 'met' | 'burning' | 'breached' | 'no-data'
  /** Whom its alert tells now. */
  readonly alert: 'page' | 'ticket' | null
}
