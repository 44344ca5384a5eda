import type { Verdict } from '@freshet/protocol'
import type { Edge } from '@freshet/edge'
import { hasRecordSince } from './edge-starts.ts'
import { FOREIGN_NAMES } from './foreign-policies.ts'
import { boundMs, isAlive, silences } from './oracle.ts'
import type { ForeignHeld } from './token-service.ts'
import { withOrigins, type Loss } from './truth.ts'
import { violate, type World } from './world.ts'

const ROUND_EVERY_MS = 250
/** Each edge judges a token in one of so many rounds, and in every round while it should be refused soon. */
const QUIET_ROUNDS = 4

/** The claims for which the partner's tokens are judged, given or not. */
export const FOREIGN_CLAIMS: readonly string[] = [...FOREIGN_NAMES.keys()]

/** The time at which a life of an edge first called a claim of a token stale, by `jti claim`. */
type StaleSince = Map<string, number>

/** An edge in this round. */
interface At {
  readonly name: string
  readonly edge: Edge
  readonly staleSince: StaleSince
  readonly boundMs: number
  readonly silentMs: ReadonlyMap<string, number>
}

/**
 * Presents the partner's tokens to every edge repeatedly. It compares the verdicts with the facts of the
 * sources and their true times. It knows of no margin and no clock: every fact about a claim after the mint
 * of a token ends it.
 */
export function startForeignOracle(world: World): void {
  const { kernel, edges, foreign, violations } = world
  const lives = new WeakMap<Edge, StaleSince>()
  let rounds = 0
  const runRound = (): void => {
    rounds += 1
    const silentMs = silences(world)
    for (const [name, edge] of edges) {
      const staleSince = lives.get(edge) ?? new Map<string, number>()
      lives.set(edge, staleSince)
      const at = { name, edge, staleSince, boundMs: boundMs(world, name), silentMs }
      for (const [index, token] of foreign.entries())
        if (
          isAlive(world, token) &&
          ((rounds + index) % QUIET_ROUNDS === 0 || isOpen(world, at, token))
        )
          void present(world, at, token)
    }
    if (violations.length === 0) kernel.after(ROUND_EVERY_MS, runRound)
  }
  kernel.after(0, runRound)
}

function isOpen(world: World, { staleSince }: At, token: ForeignHeld): boolean {
  return FOREIGN_CLAIMS.some(
    (claim) => !staleSince.has(`${token.jti} ${claim}`) && endOf(world, token, claim) !== undefined,
  )
}

/** An edge that does not know the issuer yet refuses its tokens: it accepts less, never more. */
async function present(world: World, at: At, token: ForeignHeld): Promise<void> {
  const answer = await at.edge.verify(token.jwt, { uses: FOREIGN_CLAIMS }).catch(() => undefined)
  if (answer === undefined) return world.note('foreign: refused')
  for (const claim of FOREIGN_CLAIMS) {
    const verdict = answer.verdicts.get(claim)
    if (verdict === undefined) violate(world, 'S1', `${at.name} says nothing of ${claim}`)
    else checkVerdict(world, at, { token, claim, verdict })
  }
}

interface JudgedClaim {
  readonly token: ForeignHeld
  readonly claim: string
  readonly verdict: Verdict
}

function checkVerdict(world: World, at: At, judged: JudgedClaim): void {
  const { verdict, token, claim } = judged
  world.note(`foreign: ${verdict.kind}`)
  if (verdict.kind === 'stale') {
    world.note(`foreign: ${verdict.reason}`)
    checkReason(world, at, { ...judged, change: verdict.change })
    const key = `${token.jti} ${claim}`
    if (!at.staleSince.has(key)) at.staleSince.set(key, world.kernel.nowMs)
  }
  if (verdict.kind === 'fresh') checkFresh(world, at, judged)
}

/** S9: the change that is named as the reason has the token’s own scope. */
function checkReason(
  world: World,
  { name }: At,
  { token, claim, change }: JudgedClaim & { readonly change: string | undefined },
): void {
  if (change === undefined || world.truth.mayBeStaleBy(change, token.byTime, claim)) return
  violate(world, 'S9', `${name} calls ${claim} of ${token.jti} (${token.sub}) stale by ${change}`)
}

/** S1, S2, S5, S10, as for any token. A verdict by time also names its basis. */
function checkFresh(world: World, at: At, { token, claim, verdict }: JudgedClaim): void {
  const { nowMs } = world.kernel
  const fall = (invariant: string, why: string): void =>
    violate(
      world,
      invariant,
      `${at.name} calls ${claim} of ${token.jti} (${token.sub}) fresh${why}`,
    )
  if (!('basis' in verdict) || verdict.basis !== 'time') fall('S1', ', and not by time')
  const silentMs = at.silentMs.get(claim) ?? 0
  if (silentMs > at.boundMs) fall('S2', `; one that it rests on is silent for ${silentMs} ms`)
  const end = endOf(world, token, claim)
  if (end !== undefined && end.atMs < nowMs - at.boundMs)
    fall('S1', `, ${nowMs - end.atMs} ms after: ${end.why}`)
  if (at.staleSince.has(`${token.jti} ${claim}`)) fall('S10', ', and called it stale before')
  if (!hasRecordSince(world, at.name, token)) fall('S5', ', and was told nothing yet')
}

/**
 * Returns the fact that ends a claim of a token: a value was lost, or its source sent anything but an
 * addition. It came after the token was minted, or while the copy behind the token was late.
 */
export function endOf(world: World, token: ForeignHeld, claim: string): Loss | undefined {
  const lost = world.truth.loss(token, claim)
  const later = laterFact(world, token, claim)
  if (lost === undefined || later === undefined) return lost ?? later
  return later.atMs < lost.atMs ? later : lost
}

interface SearchedFacts {
  readonly upTo: number
  readonly first: Loss | undefined
}

const searched = new WeakMap<ForeignHeld, Map<string, SearchedFacts>>()

/**
 * Rule 8: returns the first fact about the claim after the token, whether it removed something of the token
 * or not.
 */
function laterFact({ truth }: World, token: ForeignHeld, claim: string): Loss | undefined {
  const known = searched.get(token) ?? new Map<string, SearchedFacts>()
  searched.set(token, known)
  const { upTo, first } = known.get(claim) ?? { upTo: token.factsBefore, first: undefined }
  if (first !== undefined) return first
  const names = withOrigins(claim)
  const found = truth.facts
    .slice(upTo)
    .find(
      ({ fact }) =>
        fact.kind === 'claim' &&
        fact.op !== 'add' &&
        fact.sub === token.sub &&
        names.includes(fact.claim),
    )
  const loss = found && { why: `${found.id} was said`, atMs: found.atMs }
  known.set(claim, { upTo: truth.facts.length, first: loss })
  return loss
}
