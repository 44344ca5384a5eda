import type { ClaimValue, DenialKind } from '@freshet/protocol'

/** A question for the tokens that a cut-off, denial, withdrawal or minimum concerns. */
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

/**
 * The part of the ledger that an order concerns, in tokens that are neither expired nor stale, and the edges
 * that receive it.
 */
export interface Reach {
  readonly tokens: number
  readonly subjects: number
  readonly clients: number
  /** Running edges. Each of them receives a cut-off. */
  readonly edges: number
}

/** Counts tokens in the ledger. @throws `database.*` */
export interface ReachStore {
  reach(question: ReachQuestion, nowMs: number): Promise<Reach>
}
