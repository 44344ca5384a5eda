import type { ClaimValue, DenialKind } from '@freshet/domain'

/** Whose tokens a cut-off, denial, withdrawal or minimum concerns. */
export type ReachQuestion =
  | {
      readonly tenant: string
      readonly scope: 'tenant' | 'client' | DenialKind
      readonly target: string
    }
  | {
      readonly tenant: string
      readonly scope: 'value'
      readonly claim: string
      readonly value: ClaimValue
    }
  /** Tokens of every tenant below a policy version. */
  | { readonly scope: 'policy'; readonly minimum: number }

/** How much of the ledger that is: tokens that are neither expired nor stale; and who will be told. */
export interface Reach {
  readonly tokens: number
  readonly subjects: number
  readonly clients: number
  /** Edges that run: a cut-off is told to each of them. */
  readonly edges: number
}

/** Counts in the token ledger. @throws `database.*` */
export interface ReachStore {
  reach(question: ReachQuestion, nowMs: number): Promise<Reach>
}
