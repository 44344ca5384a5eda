import {
  FreshetError,
  needsCutOffConfirmation,
  type CutOffSize,
  type Registry,
} from '@freshet/protocol'
import type { Reach, ReachStore } from './reach-store.ts'

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
