import type { Clock, Registry } from '@freshet/domain'
import {
  guardOf,
  requireConfirmed,
  type Accepted,
  type Intake,
  type OwnChange,
  type Reach,
  type ReachQuestion,
  type ReachStore,
} from '@freshet/intake'
import { violate, type World } from './world.ts'

/** As docs/policy.md has it. */
const GUARDED_TOKENS = 10
const GUARDED_SHARE = 0.2

/** What a gateway carries orders of operators out with. */
export interface OrderParts {
  readonly world: World
  readonly registry: Registry
  readonly reach: ReachStore
  readonly intake: Pick<Intake, 'acceptOwnChange'>
  readonly clock: Clock
}

/**
 * Carries an order out that nobody confirmed, as the door of the gateway does.
 *
 * @throws `request.unconfirmed`, and what accepting it throws
 */
export async function order(
  { world, registry, reach, intake, clock }: OrderParts,
  own: OwnChange,
  question: ReachQuestion,
): Promise<Accepted> {
  const counted: number[] = []
  const counting: ReachStore = {
    async reach(...asked): Promise<Reach> {
      const found = await reach.reach(...asked)
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

/** An order that was not confirmed, and goes on, touches few tokens, or a small share of them. */
function checkUnconfirmed(world: World, [touched = 0, all = touched]: readonly number[]): void {
  if (touched >= GUARDED_TOKENS && touched > GUARDED_SHARE * all)
    violate(world, 'guards', `an order touches ${touched} of ${all} tokens, and is not confirmed`)
}
