import { changePartitions, FreshetError, isPublished, type Verdict } from '@freshet/protocol'
import type { Edge } from '@freshet/edge'
import { EPOCH_MS } from '../kernel/kernel.ts'
import { goesBack } from './calm.ts'
import { AUDIENCE, LEASE_MS, REGISTRY, TENANT, TOLERANCE_MS } from './deployment.ts'
import { hasRecordSince } from './edge-starts.ts'
import { isHandedOver, mayBeStaleBy } from './handover.ts'
import type { Entry } from './journal.ts'
import type { MintedByUs } from './authorities.ts'
import { withOrigins, type Fact } from './truth.ts'
import { requestRoute, type RouteAsker } from './route-oracle.ts'
import { watchWatermarks } from './watermark-watch.ts'
import { isPromised, nameIn, speakersOf, violate, type HeldToken, type World } from './world.ts'

const ROUND_EVERY_MS = 250
/** A token that an edge called stale is presented to it again in one of so many rounds. */
const STALE_ROUNDS = 12
/** A token that knows every loss is presented in one of so many rounds. */
const QUIET_ROUNDS = 6
/**
 * It is also presented in one of so many rounds while a source is silent: every token shows which claims
 * depend on the source.
 */
const SILENT_ROUNDS = 3

/** In one round each edge decides so many requests, if operators open routes. */
const REQUESTS = 3

/** The feeds are checked in one of so many rounds. */
const THROUGH_ROUNDS = 4

/** A judge of tokens: an edge, or an authority that is called. */
type Judge = Pick<Edge, 'verify'> | MintedByUs

type StaleVerdict = Extract<Verdict, { kind: 'stale' }>

/** The verdicts of this life of an edge or of an authority. */
interface VerdictsGiven {
  /** The time at which it first called claims of tokens stale, by `jti claim`. */
  readonly stale: Map<string, number>
  /** Tokens of which it calls every claim stale. */
  readonly over: Set<string>
  /** Tokens that it refused for the key that signed them. */
  readonly denied: Set<string>
  /** The time at which it last called a claim fresh. */
  freshMs: number
}

/** Presents every living token to every edge repeatedly, and compares the verdicts with the truth. */
export function startOracle(world: World): void {
  const { kernel, edges, authorities, tokens, violations } = world
  const random = kernel.random(nameIn(world, 'introspection'))
  const requests = kernel.random(nameIn(world, 'requests'))
  const lives = new WeakMap<Judge, VerdictsGiven>()
  const verdictsOf = (judge: Judge): VerdictsGiven => {
    const given = lives.get(judge) ?? {
      stale: new Map(),
      over: new Set(),
      denied: new Set(),
      freshMs: -Infinity,
    }
    lives.set(judge, given)
    return given
  }
  const checkWatermarks = watchWatermarks(world)
  let rounds = 0
  const runRound = (): void => {
    rounds += 1
    const living = tokens.filter((token) => isAlive(world, token))
    const quietly = isSilent(world) ? SILENT_ROUNDS : QUIET_ROUNDS
    const silentMs = silences(world)
    const atOf = (name: string, judge: Judge): At => {
      return { name, given: verdictsOf(judge), boundMs: boundMs(world, name), silentMs }
    }
    for (const [name, edge] of edges) {
      const at = { ...atOf(name, edge), edge }
      for (const [index, token] of living.entries()) {
        const every = at.given.over.has(token.jti) ? STALE_ROUNDS : quietly
        if ((rounds + index) % every === 0 || isOpen(world, at, token))
          void present(world, at, token)
      }
    }
    if (living.length > 0)
      for (const [name, authority] of authorities) {
        const at = { ...atOf(name, authority), authority }
        void introspect(world, at, random.pick(living))
      }
    if (world.mix.openEveryMs > 0 && living.length > 0)
      for (const [name, edge] of edges) {
        const at = { ...atOf(name, edge), edge }
        for (let request = 0; request < REQUESTS; request++) {
          const token = requests.pick(living)
          void requestRoute(world, routeRequestOf(world, at, token), token, requests)
        }
      }
    if (rounds % THROUGH_ROUNDS === 0) {
      checkThrough(world)
      for (const [name, edge] of edges)
        for (const jwt of world.overlong) void presentOverlong(world, { name, edge }, jwt)
      if (world.tenant === TENANT) noteStates(world)
      if (world.tenant === TENANT) checkWatermarks()
    }
    if (violations.length === 0) kernel.after(ROUND_EVERY_MS, runRound)
  }
  kernel.after(0, runRound)
}

function routeRequestOf(
  world: World,
  at: At & { readonly edge: Edge },
  token: HeldToken,
): RouteAsker {
  const { stale, denied, freshMs } = at.given
  const check = (claim: string): void => checkFresh(world, at, token, claim)
  return { ...at, stale, denied, freshMs, checkFresh: check }
}

/** Counts the states in which doubts and edges are seen. */
function noteStates({ database, edges, note }: World): void {
  for (const { raised, settled } of database.doubts.values())
    note(raised && !settled ? 'doubt stands' : 'doubt lifted')
  for (const edge of edges.values()) note(`edge ${edge.stats().state}`)
}

/**
 * S17: up to a source's `through` every fact that it committed is recorded. The exception is a fact that the
 * broker lost and that a later snapshot states again.
 */
function checkThrough(world: World): void {
  const { database, journals, vouched } = world
  for (const { tenant, source, partition, feed } of database.feeds.values()) {
    if (tenant !== world.tenant) continue
    const readMs = vouched.get(source)?.get(feed.throughMs ?? 0) ?? 0
    const entries = journals.find((journal) => journal.source === source)?.entries ?? []
    const isMissing = (entry: Entry): boolean => {
      const key = placesOf(entry).get(partition)
      return key !== undefined && database.changeLog.get(key) === undefined
    }
    for (const [at, entry] of entries.entries()) {
      if (entry.atMs > readMs) break
      if (!isMissing(entry) || isHandedOver(world, entry)) continue
      const isStatedAnew = (): boolean =>
        entries.slice(at + 1).some((later) => isStated(later.fact) && !isMissing(later))
      // A snapshot also states facts whose proof was not valid before.
      const isGone = world.lost.has(entry.id) || entry.isUnproven === true
      if (isGone && isStatedAnew()) continue
      violate(world, 'S17', `${source} is heard in ${partition} beyond ${entry.id}, not recorded`)
    }
  }
}

const places = new WeakMap<Entry, ReadonlyMap<number, string>>()

/** Returns the partitions of an entry, and its key in the change log of each. */
function placesOf(entry: Entry): ReadonlyMap<number, string> {
  const known = places.get(entry)
  if (known !== undefined) return known
  const { tenant, source, id } = entry.change
  const keys = changePartitions(entry.change).map(
    (partition) => [partition, JSON.stringify([tenant, source, id, partition])] as const,
  )
  places.set(entry, new Map(keys))
  return new Map(keys)
}

function isStated(fact: Fact): boolean {
  return fact.kind === 'statement' && fact.marker === 'end'
}

/** Returns whether a judge has not yet called a loss stale, and would soon be wrong. */
function isOpen({ truth }: World, { given }: At, token: HeldToken): boolean {
  if (given.over.has(token.jti)) return false
  return AUDIENCE.claims.some(
    (claim) => truth.loss(token, claim) !== undefined && !given.stale.has(`${token.jti} ${claim}`),
  )
}

/** Returns whether a source is silent for so long that soon no claim is allowed to depend on it. */
function isSilent({ kernel, journals, spokeMs, held }: World): boolean {
  return (
    held.size > 0 ||
    journals.some(({ source }) => kernel.nowMs - (spokeMs.get(source) ?? 0) > LEASE_MS)
  )
}

/**
 * Returns whether every allowed clock takes the token as not expired. A token that a thief signs with a key
 * that was removed from the set is no token of ours any more.
 */
export function isAlive(world: World, { expMs, isStolen, kid }: HeldToken): boolean {
  const soonMs = EPOCH_MS + world.kernel.nowMs + TOLERANCE_MS
  if (soonMs >= expMs) return false
  return (
    isStolen === undefined ||
    world.keys.tokens.some((key) => key.kid === kid && isPublished(key, soonMs))
  )
}

/** A judge in this round. */
interface At {
  readonly name: string
  readonly given: VerdictsGiven
  /** The time by which its verdicts can be behind. */
  readonly boundMs: number
  /** The time by claim for which a source of the claim is silent. */
  readonly silentMs: ReadonlyMap<string, number>
}

/** S26: no edge accepts a token that would live longer than the records that judge it. */
async function presentOverlong(
  world: World,
  { name, edge }: { readonly name: string; readonly edge: Edge },
  jwt: string,
): Promise<void> {
  const isTaken = await edge.verify(jwt).then(
    () => true,
    () => false,
  )
  if (isTaken) violate(world, 'S26', `${name} takes a token that lives too long`)
  else world.note('overlong token refused')
}

/** The authority's answers from the primary must keep the same promises. */
async function introspect(
  world: World,
  at: At & { readonly authority: MintedByUs },
  token: HeldToken,
): Promise<void> {
  for (const [claim, verdict] of await at.authority.introspect(token.jwt)) {
    world.faults.count(`introspected ${verdict.kind}`)
    if (verdict.kind === 'stale') rememberStale(world, at, `${token.jti} ${claim}`)
    if (verdict.kind === 'stale' && verdict.change !== undefined)
      checkReason(world, at, { token, claim, verdict })
    if (verdict.kind === 'fresh') checkFresh(world, at, token, claim)
  }
}

async function present(
  world: World,
  at: At & { readonly edge: Edge },
  token: HeldToken,
): Promise<void> {
  const answer = await at.edge.verify(token.jwt).catch((error: unknown) => {
    if (error instanceof FreshetError && error.code === 'keys.unavailable') return
    // By a wrong clock a token is not valid yet, or not any more: the edge accepts less, never more.
    if (world.mix.wrongMs > 0) return world.faults.count('refused by a wrong clock')
    violate(world, 'V4', `${at.name} refuses ${token.jti}: ${String(error)}`)
  })
  if (answer === undefined) return
  let isOver = true
  for (const [claim, verdict] of answer.verdicts) {
    world.note(`verdict ${verdict.kind}`)
    if (verdict.kind === 'stale') world.note(`stale: ${verdict.reason}`)
    if (verdict.kind === 'unverified') world.note(`unverified by ${verdict.source}`)
    if (verdict.kind === 'stale') noteStale(world, at, { token, claim, verdict })
    else isOver = false
    if (verdict.kind === 'fresh') at.given.freshMs = world.kernel.nowMs
    if (verdict.kind === 'fresh') checkFresh(world, at, token, claim)
    if (verdict.kind === 'fresh' && !hasRecordSince(world, at.name, token))
      violate(
        world,
        'S5',
        `${at.name} calls ${claim} of ${token.jti} fresh, and was told nothing yet`,
      )
  }
  if (isOver) at.given.over.add(token.jti)
}

function noteStale(
  world: World,
  at: At,
  { token, claim, verdict }: { token: HeldToken; claim: string; verdict: StaleVerdict },
): void {
  const { kernel, staleSince } = world
  const key = `${token.jti} ${claim}`
  rememberStale(world, at, key)
  if (verdict.reason === 'key-denied') at.given.denied.add(token.jti)
  if (verdict.reason === 'incarnation' || verdict.reason === 'policy-version') return
  if (staleSince.has(key)) return
  staleSince.set(key, kernel.nowMs)
  checkReason(world, at, { token, claim, verdict })
}

/** S9: no change makes more stale than its own scope. */
function checkReason(
  world: World,
  { name }: At,
  { token, claim, verdict }: { token: HeldToken; claim: string; verdict: StaleVerdict },
): void {
  const { truth, faults } = world
  const { change = '', reason } = verdict
  const depth = truth.depthOf(change, token)
  if (depth !== undefined) faults.count(reason === 'account' ? 'actor cut off' : 'actor lost')
  if (depth !== undefined && depth > 1) faults.count('actor of an actor lost')
  if (mayBeStaleBy(world, change, token, claim)) return
  const what = `${name} calls ${claim} of ${token.jti} (${token.sub}) stale`
  const isOtherTenant = isReasonElsewhere(world, change, { token, claim })
  const why = isOtherTenant ? 'for what is of another tenant' : 'for no reason'
  violate(world, isOtherTenant ? 'S15' : 'S9', `${what} ${why}: ${reason} by ${change}`)
}

/** S15: returns whether it would be the reason if both were of the same tenant. */
function isReasonElsewhere(
  { neighbours }: World,
  change: string,
  { token, claim }: { readonly token: HeldToken; readonly claim: string },
): boolean {
  return neighbours.some(({ tenant, truth }) =>
    truth.mayBeStaleBy(change, { ...token, tenant, basis: new Set() }, claim),
  )
}

function rememberStale({ kernel }: World, { given }: At, key: string): void {
  if (!given.stale.has(key)) given.stale.set(key, kernel.nowMs)
}

/**
 * Returns the time by which a judge's verdicts can be behind. If its clock is behind those of the sources by
 * more than the tolerance, it can take a late heartbeat for a new one. The promise is then the lease and the
 * whole skew. A clock that is ahead gains nothing.
 */
export function boundMs({ kernel, hosts, sources }: World, name: string): number {
  const nowMs = EPOCH_MS + kernel.nowMs
  const own = hosts.find((host) => host.name === name)?.wall.offsetMs ?? 0
  const aheadMs = Math.max(...sources.map(({ timer }) => timer.nowMs() - nowMs)) - own
  return LEASE_MS + Math.max(TOLERANCE_MS, aheadMs)
}

/**
 * Returns the silence by claim. For a claim's own sources the shortest counts, and for the watched sources
 * the longest.
 */
export function silences(world: World): ReadonlyMap<string, number> {
  const { account, cutOffs } = REGISTRY
  // While a snapshot waits to be confirmed, its source counts as silent since then.
  const sentMs = (source: string): number =>
    Math.min(world.spokeMs.get(source) ?? 0, world.held.get(source) ?? Infinity)
  const silentMs = (source: string): number => world.kernel.nowMs - sentMs(source)
  const watched = Math.max(...[account, ...cutOffs].map(silentMs))
  return new Map(
    AUDIENCE.claims.map((claim) => {
      const ofClaims = withOrigins(claim).map((name) =>
        Math.min(...speakersOf(world, name).map(silentMs)),
      )
      return [claim, Math.max(...ofClaims, watched)]
    }),
  )
}

/**
 * S1: a claim that is called fresh was not lost longer ago than D. S2: a claim is not called fresh while its
 * source, or a watched one, is silent for too long. S10: no revocation is undone, at the same edge at once,
 * at others after D.
 */
function checkFresh(world: World, at: At, token: HeldToken, claim: string): void {
  const { nowMs } = world.kernel
  const fall = (invariant: string, why: string): void =>
    violate(
      world,
      invariant,
      `${at.name} calls ${claim} of ${token.jti} (${token.sub}) fresh${why}`,
    )
  const lateMs = nowMs - at.boundMs
  const silentMs = at.silentMs.get(claim) ?? 0
  if (silentMs > at.boundMs) fall('S2', `; one that it rests on is silent for ${silentMs} ms`)
  const loss = world.truth.loss(token, claim, isPromised(world))
  if (loss !== undefined && loss.atMs < lateMs)
    fall('S1', `, ${nowMs - loss.atMs} ms after: ${loss.why}`)
  const key = `${token.jti} ${claim}`
  const firstMs = world.staleSince.get(key) ?? Infinity
  const ownMs = at.given.stale.get(key) ?? Infinity
  // A database that goes back loses data, and an authority misses that, too, until the leases show it.
  const forgets = goesBack(world.mix) && world.authorities.has(at.name)
  if (ownMs < (forgets ? lateMs : Infinity)) fall('S10', ', and called it stale before')
  else if (firstMs < lateMs) fall('S10', `; another edge called it stale at ${firstMs}`)
}
