/** The active registry, as far as the page shows it. */
export interface RegistryAnswer {
  readonly version: number
  readonly hash: string
  readonly published: { readonly by: string; readonly at: string } | null
  readonly ordered: { readonly by: string; readonly at: string; readonly reason: string } | null
  readonly account: string
  readonly cutOffs: readonly string[]
  readonly claims: readonly {
    readonly claim: string
    readonly source: string
    readonly owner: string
    readonly description: string
    readonly kind: string
    readonly class: string
    readonly maxTtlMs: number
    readonly onUnverified: string
    readonly audiences: readonly string[]
  }[]
  readonly sources: readonly {
    readonly source: string
    readonly owner: string
    readonly contact: string
    readonly ordering: string
    readonly leaseMs: number
  }[]
  readonly audiences: readonly {
    readonly audience: string
    readonly claims: readonly string[]
    readonly ttlMs: number
    readonly routes: readonly { readonly route: string; readonly risk?: string }[]
  }[]
  readonly findings: readonly {
    readonly code: string
    readonly severity: string
    readonly place: string
    readonly message: string
  }[]
  readonly versions: readonly {
    readonly version: number
    readonly published: { readonly by: string; readonly at: string }
    readonly ordered: { readonly by: string; readonly at: string; readonly reason: string } | null
  }[]
}

/** How audiences used their claims. */
export interface UsageAnswer {
  readonly days: number
  readonly items: readonly {
    readonly audience: string
    readonly since: string | null
    readonly claims: readonly {
      readonly claim: string
      readonly decisions: number
      readonly state: string
      readonly isWide: boolean
    }[]
  }[]
}
