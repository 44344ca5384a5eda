import type { Clock, Registry } from '@freshet/protocol'
import {
  guardOf,
  requireConfirmed,
  type AcknowledgedChange,
  type Intake,
  type OwnChange,
  type Reach,
  type ReachQuestion,
  type ReachStore,
} from '@freshet/intake'
import { violate, type World } from './world.ts'

/** The value of docs/policy.md. */
const GUARDED_TOKENS = 10
const GUARDED_SHARE = 0.2

/** The dependencies of a gateway for operators' orders. */
export interface OrderParts {
  readonly world: World
  readonly registry: Registry
  readonly reach: ReachStore
  readonly intake: Pick<Intake, 'acceptOwnChange'>
  readonly clock: Clock
}

/**
 * Carries out an order without a confirmation, as the gateway's route does.
 *
 * @throws `request.unconfirmed`, and the errors of accepting it
 */
export async function order(
  { world, registry, reach, intake, clock }: OrderParts,
  own: OwnChange,
  question: ReachQuestion,
): Promise<AcknowledgedChange> {
  const counted: number[] = []
  const counting: ReachStore = {
    async reach(...args): Promise<Reach> {
      const found = await reach.reach(...args)
      counted.push(found.tokens)
      return found
    },
  }
  const nowMs = clock.nowMs()
  const touches = await counting.reach(question, nowMs)
  requireConfirmed(await guardOf({ registry, reach: counting }, own.tenant, touches, nowMs))
  checkUnconfirmed(world, counted)
  return intake.acceptOwnChange(own)
}

/** An unconfirmed order that is carried out affects few tokens, or a small share of them. */
function checkUnconfirmed(world: World, [touched = 0, all = touched]: readonly number[]): void {
  if (touched >= GUARDED_TOKENS && touched > GUARDED_SHARE * all)
    violate(world, 'guards', `an order touches ${touched} of ${all} tokens, and is not confirmed`)
}
