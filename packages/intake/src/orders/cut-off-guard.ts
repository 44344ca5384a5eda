import {
  FreshetError,
  needsCutOffConfirmation,
  type CutOffSize,
  type Registry,
  type ClaimValue,
  type DenialKind,
} from '@freshet/protocol'

/** The result of the cut-off guard for an order, as its dry run reports it. */
export interface CutOffGuard extends CutOffSize {
  /** The share that the registry sets, from 0 to 1. */
  readonly share: number
  /** The order is not executed without `confirm`. */
  readonly needsConfirmation: boolean
}

/** The inputs of the guard: the registry in force, and the counts of the token ledger. */
export interface GuardParts {
  readonly registry: Registry
  readonly reach: ReachStore
}

/**
 * Returns the guard of an order in a tenant that would affect `tokens` tokens, or `undefined` if the registry
 * declares none. The counts can change before the order is executed: the guard protects against mistakes.
 *
 * @throws `database.*`
 */
export async function guardOf(
  { registry, reach }: GuardParts,
  tenant: string,
  { tokens }: Reach,
  nowMs: number,
): Promise<CutOffGuard | undefined> {
  const { cutOffShare: share } = registry
  if (share === undefined) return undefined
  const all = await reach.reach({ scope: 'tenant', tenant, target: tenant }, nowMs)
  const size = { tokens, outstanding: all.tokens }
  return { share, ...size, needsConfirmation: needsCutOffConfirmation(size, share) }
}

/**
 * Allows an order without a confirmation to go on if it needs none.
 *
 * @throws `request.unconfirmed` with the numbers
 */
export function requireConfirmed(guard: CutOffGuard | undefined): void {
  if (guard === undefined || !guard.needsConfirmation) return
  const { tokens, outstanding, share } = guard
  const most = `${Number((share * 100).toFixed(4))}%`
  throw new FreshetError(
    'request.unconfirmed',
    `This would touch ${tokens} of the ${outstanding} outstanding tokens of its tenant, more than ${most}. ` +
      'If that is meant, send it with `confirm: true` and a `reason` (`--confirm --reason`).',
  )
}

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
