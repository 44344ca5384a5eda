import {
  FreshetError,
  needsCutOffConfirmation,
  type CutOffSize,
  type Registry,
} from '@freshet/domain'
import type { Reach, ReachStore } from './reach-store.ts'

/** What guards an order, as its dry run tells. */
export interface CutOffGuard extends CutOffSize {
  /** Of the registry, 0 to 1. */
  readonly share: number
  /** Without `confirm` it is not carried out. */
  readonly needsConfirmation: boolean
}

/** What an order is measured by: the registry in force, and the ledger. */
export interface GuardParts {
  readonly registry: Registry
  readonly reach: ReachStore
}

/**
 * The guard of an order in a tenant that would touch so much; `undefined` where the registry declares
 * none. What is counted may change before the order is carried out: it is a guard against mistakes.
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
 * Lets an order that was not confirmed go on, where it need not be.
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
