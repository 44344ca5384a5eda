import { CONTROL_PARTITION, FreshetError } from '@freshet/protocol'
import type { Edge } from '@freshet/edge'
import { EPOCH_MS } from '../kernel/kernel.ts'
import { TOLERANCE_MS } from './deployment.ts'
import type { Entry } from './journal.ts'
import { boundMs } from './oracle.ts'
import { PEOPLE } from './registry-people.ts'
import type { Issuer } from './registry-authorities.ts'
import type { Issued } from './registry-truth.ts'
import { violate, type World } from './world.ts'

const ROUND_EVERY_MS = 250
/** A token that an edge called stale is presented again in one of so many rounds, every other in one of the second. */
const STALE_ROUNDS = 12
const QUIET_ROUNDS = 3
/** A subject is read in one of so many rounds. */
const REPORT_ROUNDS = 8

/**
 * Compares every allow, mint, exchange and report with the truth of the owners then in force.
 *
 * taken: nothing is called fresh, minted or exchanged with a value, an account or a client that its owner took
 * away more than D ago. lacking: nothing lacks a restriction that its owner set more than D ago. report: an
 * answer about a change or a subject is true.
 */
export function startTruthOracle(world: World): void {
  const { kernel, edges, issuers, issued, violations } = world
  const random = kernel.random('truth')
  const stale = new WeakMap<Edge, Set<string>>()
  let rounds = 0
  const runRound = (): void => {
    rounds += 1
    const living = issued.filter((token) => isAlive(world, token))
    for (const [name, edge] of edges) {
      const known = stale.get(edge) ?? new Set<string>()
      stale.set(edge, known)
      for (const [index, token] of living.entries()) {
        const every = known.has(token.jti) ? STALE_ROUNDS : QUIET_ROUNDS
        if ((rounds + index) % every === 0) void present(world, { name, edge, known }, token)
      }
    }
    for (const [name, issuer] of issuers) {
      if (living.length > 0) void introspect(world, { name, issuer }, random.pick(living))
      if (rounds % REPORT_ROUNDS === 0)
        void readSubject(world, { name, issuer }, random.pick(PEOPLE))
    }
    if (violations.length === 0) kernel.after(ROUND_EVERY_MS, runRound)
  }
  kernel.after(0, runRound)
}

/** Returns whether every allowed clock takes the token as not expired. */
function isAlive({ kernel }: World, { expMs }: Issued): boolean {
  return EPOCH_MS + kernel.nowMs + TOLERANCE_MS < expMs
}

async function present(
  world: World,
  {
    name,
    edge,
    known,
  }: { readonly name: string; readonly edge: Edge; readonly known: Set<string> },
  token: Issued,
): Promise<void> {
  const { claims, carried } = world.registry.inForce.state
  // A route can name each claim that tokens carry, present in this one or not.
  const uses = carried.filter((claim) => claims.has(claim))
  const answer = await edge.verify(token.jwt, { uses }).catch((error: unknown) => {
    if (error instanceof FreshetError) return world.note(`edge hears ${error.code}`)
    throw error
  })
  if (answer === undefined) return
  for (const [claim, verdict] of answer.verdicts) {
    world.note(`verdict ${verdict.kind}`)
    if (verdict.kind === 'fresh') checkFresh(world, { name, what: 'calls fresh' }, token, claim)
  }
  if ([...answer.verdicts.values()].every(({ kind }) => kind === 'stale')) known.add(token.jti)
}

/** The authority's answers from the primary must be true, too. */
async function introspect(
  world: World,
  { name, issuer }: { readonly name: string; readonly issuer: Issuer },
  token: Issued,
): Promise<void> {
  for (const [claim, { kind }] of await issuer.introspect(token.jwt)) {
    world.note(`introspected ${kind}`)
    if (kind === 'fresh') checkFresh(world, { name, what: 'validates' }, token, claim)
  }
}

function checkFresh(
  world: World,
  { name, what }: { readonly name: string; readonly what: string },
  token: Issued,
  claim: string,
): void {
  const wrong = world.registry.wrong(token, claim)
  const { nowMs } = world.kernel
  if (wrong === undefined || nowMs - wrong.atMs <= boundMs(world, name)) return
  const late = `${nowMs - wrong.atMs} ms after: ${wrong.why}`
  violate(
    world,
    wrong.invariant,
    `${name} ${what} ${claim} of ${token.jti} (${token.sub}), ${late}`,
  )
}

/** A token that leaves has nothing, and lacks nothing, by the truth of D before its request. */
export function checkIssued(world: World, token: Issued): void {
  const D = Math.max(...world.hosts.map(({ name }) => boundMs(world, name)))
  for (const claim of token.values.keys()) {
    if (!world.registry.inForce.state.claims.has(claim)) continue
    const wrong = world.registry.wrong(token, claim)
    if (wrong === undefined || token.requestedMs - wrong.atMs <= D) continue
    const late = `${token.requestedMs - wrong.atMs} ms after: ${wrong.why}`
    violate(world, wrong.invariant, `${token.jti} is minted with ${claim} (${token.sub}), ${late}`)
    return
  }
}

/** `freshet subject get` calls nothing verified that is not true. */
async function readSubject(
  world: World,
  { name, issuer }: { readonly name: string; readonly issuer: Issuer },
  sub: string,
): Promise<void> {
  const { registry: truth, kernel } = world
  const { account, accountInDoubt, claims } = await issuer.report(sub)
  const pv = truth.inForce.pv
  const parts = { sub, actors: [], tenant: world.tenant, client: '', jwt: '', expMs: 0, pv }
  const times = { requestedMs: kernel.nowMs, bornMs: Infinity }
  const values = new Map(claims.map((each) => [each.claim, each.values.map(String)]))
  const token: Issued = { ...parts, ...times, jti: 'report', values }
  if (accountInDoubt || account.state !== 'enabled' || issuer.pv !== pv) return
  for (const { claim, status } of claims) {
    if (status !== 'verified') continue
    const wrong = truth.wrong(token, claim)
    if (wrong === undefined || !truth.isNamed(sub)) continue
    const lateMs = kernel.nowMs - wrong.atMs
    if (lateMs <= boundMs(world, name)) continue
    const what = `${name} reports ${claim} of ${sub} verified and the account enabled`
    violate(world, 'report', `${what}, ${lateMs} ms after: ${wrong.why}`)
  }
}

/** A change is not called late without a newer one, and a snapshot that leaves out too much is held. */
function checkReports(world: World): void {
  const { database, journals } = world
  const rows = database.changeLog.values().filter(({ outcome, kind }) => {
    return outcome === 'late' || (kind === 'snapshot-end' && outcome === 'applied')
  })
  for (const row of rows) {
    const { entries = [] } = journals.find(({ source }) => source === row.source) ?? {}
    const entry = entries.find(({ id }) => id === row.id)
    if (entry === undefined) continue
    const { fact } = entry
    if (
      row.outcome === 'late' &&
      fact.kind === 'claim' &&
      !entries.some((each) => EPOCH_MS + each.atMs <= row.appliedAtMs && isNewer(each, entry))
    )
      violate(world, 'report', `${entry.id} counts as late, and nothing newer was sent before`)
    const { cutClaims = [] } = fact.kind === 'statement' ? fact : {}
    if (cutClaims.length === 0 || row.outcome !== 'applied' || row.partition === CONTROL_PARTITION)
      continue
    const times = [entry.atMs, row.appliedAtMs - EPOCH_MS] as const
    if (cutClaims.some((claim) => world.registry.owned(row.source, claim, times)))
      violate(world, 'guards', `the truncated snapshot ${entry.id} counts in ${row.partition}`)
  }
}

/** Returns whether a fact of the same source about the same has a newer version. */
function isNewer(other: Entry, { change, fact }: Entry): boolean {
  if (other.change.sourceVersion.n <= change.sourceVersion.n || fact.kind !== 'claim') return false
  const { fact: its } = other
  if (its.kind === 'statement') return true
  return its.kind === 'claim' && its.sub === fact.sub && its.claim === fact.claim
}

/**
 * remedy: after the faults and the documented steps, each enabled subject gets exactly what it has, and no
 * other subject gets anything.
 */
export async function checkTruthAtRest(world: World): Promise<void> {
  const { registry: truth, issuers, edges } = world
  checkReports(world)
  const [, issuer] = [...issuers][0] ?? []
  if (issuer === undefined) return
  for (const sub of PEOPLE) {
    const wish = { sub, client: 'web', actors: [] }
    const token = await issuer.mint(wish).catch((error: unknown) => String(error))
    if (typeof token === 'string') {
      if (truth.isEnabled(sub)) violate(world, 'remedy', `nothing is minted for ${sub}: ${token}`)
      continue
    }
    checkIssued(world, token)
    if (!truth.isEnabled(sub)) violate(world, 'taken', `at rest ${sub} gets ${token.jti}`)
    for (const [claim, values] of token.values) {
      const [minted, is] = [[...values].sort().join(), truth.holds(sub, claim).join()]
      if (minted === is) continue
      const polarity = truth.inForce.state.claims.get(claim)?.polarity
      const held = truth.holds(sub, claim)
      const wrong =
        polarity === 'grant'
          ? !values.every((value) => held.includes(value)) && 'taken'
          : !held.every((value) => values.includes(value)) && 'lacking'
      const how = wrong === false ? 'remedy' : wrong
      violate(world, how, `${claim} of ${sub} is [${is}], minted [${minted}] at rest`)
    }
    for (const [name, edge] of edges) {
      const { verdict } = await edge.verify(token.jwt)
      if (verdict.kind !== 'fresh')
        violate(world, 'remedy', `${name} calls a new token of ${sub} ${JSON.stringify(verdict)}`)
    }
  }
}
