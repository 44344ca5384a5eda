import type { Edge, Decision } from '@freshet/edge'
import { EPOCH_MS } from '../kernel/kernel.ts'
import type { Random } from '../random.ts'
import { AUDIENCE } from './deployment.ts'
import { ROUTES, type Opened } from './operators.ts'
import { violate, type HeldToken, type World } from './world.ts'

/** The day of a run, and the one before it. */
const [OBSERVED, NO_MORE] = ['2026-11-24', '2026-11-23']
/** The share of requests for a high-risk route, and for one that was observed. */
const RISKY = 0.15

/** An edge that decides a request, and the facts about it. */
export interface RouteAsker {
  readonly name: string
  readonly edge: Edge
  /** The time by which its verdicts can be behind. */
  readonly boundMs: number
  /** Claims of tokens that this life of it called stale, as `jti claim`. */
  readonly stale: ReadonlyMap<string, number>
  /** Tokens that this life of it refused for the key that signed them. */
  readonly denied: ReadonlySet<string>
  /** The time at which it last called a claim fresh: so D before that, it had the control partition. */
  readonly freshMs: number
  /** Compares a claim that it called fresh with the truth. */
  readonly checkFresh: (claim: string) => void
}

/** A request to a route, by one claim. */
interface Question {
  readonly route: string
  readonly claim: string
  readonly isRisky: boolean
  readonly enforce: string | undefined
}

/**
 * Puts a request with a token to a route that can be open, or is observed, and compares the answer with the
 * operators' actions. A grant allows only unverified requests, for its own route and claim, until its end
 * (S2). If the risk is high, only the authority allows (S19).
 */
export async function requestRoute(
  world: World,
  asker: RouteAsker,
  token: HeldToken,
  random: Random,
): Promise<void> {
  const question = questionOf(world, random)
  const { route: name, claim, isRisky, enforce } = question
  const decision = await asker.edge.decide({
    token: token.jwt,
    require: { [claim]: [] },
    name,
    ...(isRisky && { risk: 'high' }),
    ...(enforce !== undefined && { enforce }),
  })
  if (decision.decision === 'allow') checkAllowed(world, asker, { token, question, decision })
  else if (isClosedAgain(world, question)) world.note('refused after an opening')
}

/** Returns a request, often one for which a grant was given. */
function questionOf({ grants }: World, random: Random): Question {
  const last = grants.slice(-3)
  const near = last.length > 0 && random.chance(0.6) ? random.pick(last) : undefined
  const { route, claim } = near ?? {
    route: random.pick(ROUTES),
    claim: random.pick(AUDIENCE.claims),
  }
  const isRisky = random.chance(RISKY)
  const day = random.chance(0.2) && !isRisky ? random.pick([OBSERVED, NO_MORE]) : undefined
  return { route, claim, isRisky, enforce: day && `observe until ${day}` }
}

interface Allowed {
  readonly token: HeldToken
  readonly question: Question
  readonly decision: Decision
}

function checkAllowed(
  world: World,
  asker: RouteAsker,
  { token, question, decision }: Allowed,
): void {
  const { claim, isRisky, enforce } = question
  const fall = (invariant: string, why: string): void =>
    violate(
      world,
      invariant,
      `${asker.name} lets ${token.jti} (${token.sub}) in by ${claim}: ${why}`,
    )
  if (isRisky) return fall('S19', 'the risk is high, and nobody asked the authority')
  if (decision.observed !== undefined) {
    if (enforce?.endsWith(OBSERVED ?? '') !== true) fall('S2', 'it is not observed')
    if (asker.denied.has(token.jti)) fall('S10', 'its key was denied')
    if (decision.observed.decision !== 'allow') world.note('observed instead of refused')
    return
  }
  if (asker.stale.has(`${token.jti} ${claim}`)) fall('S10', 'it was stale before')
  const { openings = [] } = decision
  if (openings.length === 0) return asker.checkFresh(claim)
  world.note('let in by an opening')
  for (const { id } of openings) {
    const opened = world.grants.find((each) => each.id === id)
    const why = opened === undefined ? 'nobody opened it' : whyNot(world, asker, question, opened)
    if (why !== undefined) fall('S2', why)
  }
}

/** Returns the reason why a grant is not allowed to let a request in. */
function whyNot(
  { kernel, hosts }: World,
  { name, boundMs, freshMs }: RouteAsker,
  question: Question,
  { route, claim, untilMs, closedMs = Infinity }: Opened,
): string | undefined {
  if (route !== question.route || claim !== question.claim) return 'another route or claim is open'
  const { offsetMs } = hosts.find((host) => host.name === name)?.wall ?? { offsetMs: 0 }
  const overMs = EPOCH_MS + kernel.nowMs + Math.min(0, offsetMs) - untilMs
  if (overMs >= 0) return `the opening ended ${overMs} ms before`
  return closedMs + boundMs < freshMs ? `it was closed at ${closedMs}` : undefined
}

function isClosedAgain({ grants, kernel }: World, { route, claim }: Question): boolean {
  return grants.some(
    (each) =>
      each.route === route &&
      each.claim === claim &&
      each.untilMs < EPOCH_MS + kernel.nowMs + 1_000,
  )
}
