import { isQuiet } from './deployment.ts'
import { concernedBy, OWN_SOURCE, PARTITIONS, statedClaims, type Verdict } from '@freshet/protocol'
import { CHANGES_TOPIC } from '@freshet/wire'
import { memorySourceViewStore } from '@freshet/memory'
import { elementAt } from '../element.ts'
import { EPOCH_MS } from '../kernel/kernel.ts'
import type { Wish } from './authorities.ts'
import { goesBack } from './calm.ts'
import { AUDIENCE } from './deployment.ts'
import { checkForeignAtRest } from './foreign-at-rest.ts'
import { isHandedOver, mayBeStaleBy } from './handover.ts'
import type { Entry } from './journal.ts'
import { asEnded, incarnationOf, isEndedByIncarnation } from './incarnations.ts'
import { checkNamedPositions } from './named-positions.ts'
import { isAlive } from './oracle.ts'
import { isMissing } from './replays.ts'
import { isCutShort, isOrphan } from './statement-ends.ts'
import type { Fact } from './truth.ts'
import { CLIENTS } from './workload.ts'
import { violate, type HeldToken, type World } from './world.ts'

/** Heartbeats come all the time, so a partition counts as recorded if it is at most this far behind. */
const BEHIND_MAX = 30n
const MISSED_MAX = 1_000
/** The number of a crowd's members that get tokens after the faults. */
const CROWD_SHOWN = 2

/** A source that became silent before its first heartbeat was recorded has no feed that could be old. */
function neverSent({ database, tenant, journals }: World): readonly string[] {
  const feeds = [...database.feeds.values()].filter((feed) => feed.tenant === tenant)
  return journals.flatMap(({ source }) =>
    PARTITIONS.flatMap((partition) =>
      feeds.some((feed) => feed.source === source && feed.partition === partition)
        ? []
        : `${source} of ${tenant} was never heard in ${partition}`,
    ),
  )
}

/**
 * Returns the work that is left (answers, appends, recording, publishing, marking, heartbeats), and the
 * sources without a heartbeat since `sinceMs`.
 */
export async function unfinished(world: World, sinceMs: number): Promise<readonly string[]> {
  const { database, hosts, edges, log, policy } = world
  const journals = [world, ...world.neighbours].flatMap((tenant) => tenant.journals)
  const ends = await log.bounds(CHANGES_TOPIC)
  const isBehind = (partition: number, next: bigint): boolean =>
    (ends[partition]?.end ?? 0n) - next > BEHIND_MAX
  const stated = statedClaims(
    world.policies[policy.version - 1]?.registry ?? { claims: new Map() },
  ).map(({ name }) => name)
  // The doubt of a source that no longer corroborates a claim concerns nothing.
  const isStated = (claim: string): boolean =>
    concernedBy(claim) === claim || stated.includes(claim)
  const isOld = (throughMs: number | null): boolean => (throughMs ?? 0) < EPOCH_MS + sinceMs
  return [
    ...journals
      .flatMap(({ entries }) => entries)
      .flatMap(({ isAnswered, id }) => (isAnswered ? [] : `${id} is not answered`)),
    ...journals
      .flatMap(({ entries }) => entries)
      .flatMap((entry) => (isMissing(world, entry) ? `${entry.id} is parked` : [])),
    ...[world, ...world.neighbours].flatMap(({ orders }) =>
      [...orders].map((id) => `${id} is not answered`),
    ),
    ...database.stamps
      .values()
      .flatMap(({ acknowledged, id, partition }) =>
        acknowledged ? [] : `${id} waits in ${partition}`,
      ),
    ...database.progress
      .values()
      .flatMap(({ partition, nextOffset }) =>
        isBehind(partition, nextOffset) ? `partition ${partition} is not recorded` : [],
      ),
    ...database.outbox
      .values()
      .map(({ topic, partition }) => `a row for ${topic}/${partition} waits`),
    ...database.tokenMarks.values().map(({ change }) => `${change} is not marked`),
    ...[...database.doubts.values()].flatMap(({ subject, claim, raised, settled }) =>
      raised && !settled && isStated(claim) ? [`${claim} of ${subject.sub} is in doubt`] : [],
    ),
    ...database.feeds
      .values()
      .flatMap(({ tenant, source, partition, feed }) =>
        source !== OWN_SOURCE && !isQuiet(tenant) && isOld(feed.throughMs)
          ? `through of ${source} in ${partition} is old`
          : [],
      ),
    ...[world, ...world.neighbours].flatMap(neverSent),
    ...database.progress
      .values()
      .flatMap(({ partition, activePv }) =>
        activePv === policy.version ? [] : `partition ${partition} is at version ${activePv}`,
      ),
    ...[...policy.loaded].flatMap(([name, version]) =>
      version === policy.version ? [] : `${name} has version ${version} loaded`,
    ),
    ...hosts.flatMap(({ name, running }) =>
      running?.isPaused === false ? [] : `${name} is down, or stands still`,
    ),
    ...[...edges].flatMap(([name, edge]) =>
      edge.stats().state === 'live' ? [] : `${name} is not live`,
    ),
  ]
}

/** Returns the partitions whose head was not stored since then: edges can lack what was sent there. */
export function unpublished({ database }: World, sinceMs: number): readonly string[] {
  return database.publishers
    .values()
    .flatMap(({ partition, head }) =>
      (head?.storedAtMs ?? 0) < EPOCH_MS + sinceMs ? `${partition} is not published` : [],
    )
}

/**
 * Returns the edges to which some partition was silent since then. An edge that is live can hold a heartbeat
 * of before that time. This happens if a root was published again and the database went back behind it. The
 * edge searches the path to the next heartbeat only when a lease has expired (rule 38).
 */
export function unconfirmed({ edges, kernel }: World, sinceMs: number): readonly string[] {
  const ageMs = kernel.nowMs - sinceMs
  return [...edges].flatMap(([name, edge]) =>
    (edge.stats().viewAgeMs ?? Infinity) > ageMs ? `${name} was told nothing since` : [],
  )
}

/** Checks everything that must hold long after the faults, when everything is sent and recorded. */
export async function checkAtRest(world: World): Promise<void> {
  await checkNamedPositions(world)
  checkOutcomes(world)
  await checkMissed(world)
  for (const token of world.tokens) if (isAlive(world, token)) await checkToken(world, token)
  for (const token of world.tokens) checkMark(world, token)
  await checkNewTokens(world)
  if (world.mix.foreign > 0) await checkForeignAtRest(world)
}

/** Authorities take turns, because all of their answers come from the same database. */
async function checkNewTokens(world: World): Promise<void> {
  const subjects = [...world.cast.subjects, ...world.crowd.slice(-CROWD_SHOWN)]
  const authorities = [...world.authorities]
  const wishes = subjects.flatMap((sub, at): readonly Wish[] => {
    const wish = { sub, client: CLIENTS[0], actors: [] }
    return [wish, { ...wish, actors: actorsAt(subjects, at) }]
  })
  for (const [at, wish] of authorities.length === 0 ? [] : wishes.entries()) {
    const turn = (at + (at >> 1)) % authorities.length
    const [name, authority] = elementAt(authorities, turn)
    await checkNewToken(world, name, { ...wish, mint: () => authority.mint(wish, world) })
  }
}

/** Returns one, two or three actors, each different from those before. */
function actorsAt(subjects: readonly string[], at: number): readonly string[] {
  const others = [1, 2, 3].slice(0, (at % 3) + 1).flatMap((back) => subjects.at(at - back) ?? [])
  return [...new Set(others)].filter((other) => other !== subjects[at])
}

/** S11: each accepted change has one outcome, and no record of a faithful source was quarantined. */
function checkOutcomes(world: World): void {
  const rows = world.database.changeLog.values().filter(({ tenant }) => tenant === world.tenant)
  for (const { source, entries } of world.journals)
    for (const [at, entry] of entries.entries()) {
      const { id, fact } = entry
      const outcomes = rows.filter((row) => row.source === source && row.id === id)
      const text = outcomes.map(({ outcome }) => outcome).join(', ')
      const wanted = fact.kind === 'statement' ? PARTITIONS.length : 1
      const isOver = isHandedOver(world, entry) || isOrphan(world, entries, at)
      const isComplete = outcomes.length === wanted || world.lost.has(id) || entry.isGivenUp
      const isGood =
        isComplete &&
        isHeldAsItMust(fact, outcomes) &&
        outcomes.every(
          (row) =>
            isExpected(entry, row.outcome) ||
            (row.outcome === 'quarantined' && (isOver || isCutShort(rows, row))),
        )
      if (!isGood) violate(world, 'S11', `the outcomes of ${id} are [${text}]`)
    }
}

/** Only the changes that a source forgot to send count against its owner. */
async function checkMissed(world: World): Promise<void> {
  const { mix, tenant, database, journals, lost } = world
  // A snapshot also finds changes that were not recorded, or not as they were sent.
  if (lost.size > 0 || mix.moves + mix.garbled + mix.lies > 0) return
  const view = memorySourceViewStore(database)
  for (const { source } of journals)
    for (const { subject, claim } of await view.missedList(
      { tenant, source },
      { sinceMs: 0 },
      MISSED_MAX,
    ))
      if (!world.unannounced.has(`${source} ${subject} ${claim}`))
        violate(
          world,
          'missed',
          `${claim} of ${subject} counts as missed by ${source}, and was told`,
        )
}

/** Returns whether the end of a snapshot that leaves out too many is held wherever it has subjects. */
function isHeldAsItMust(fact: Fact, outcomes: readonly { readonly outcome: string }[]): boolean {
  const held = outcomes.filter(({ outcome }) => outcome === 'quarantined').length
  return !isShort(fact) || held === PARTITIONS.length - 1
}

function isShort(fact: Fact): boolean {
  return fact.kind === 'statement' && fact.isShort === true
}

/**
 * An unreadable record leaves doubt, and a change that the source is not allowed to send leaves nothing
 * (S14).
 */
function isExpected({ fact, isGarbled }: Entry, outcome: string): boolean {
  if (isGarbled) return outcome === 'doubtful'
  if (isShort(fact)) return outcome === 'applied' || outcome === 'quarantined'
  return (outcome === 'quarantined') === (fact.kind === 'overreach') && outcome !== 'doubtful'
}

/** S9: the ledger has marked every token that an edge ever called stale. */
function checkMark(world: World, token: HeldToken): void {
  const row = world.database.tokens.get(token.jti)
  const wasStale = AUDIENCE.claims.find((claim) => world.staleSince.has(`${token.jti} ${claim}`))
  const { change } = row?.stale ?? {}
  const explains = (claim: string): boolean => mayBeStaleBy(world, change ?? '', token, claim)
  if (change !== undefined && !AUDIENCE.claims.some(explains))
    violate(world, 'S9', `the ledger marks ${token.jti} by ${change}, which is no reason`)
  if (row?.stale === null && wasStale !== undefined && !isEndedByIncarnation(world, token))
    violate(world, 'S9', `edges called ${wasStale} of ${token.jti} stale, the ledger never did`)
  // A ledger that went back does not know every token that was released.
  if (row === undefined && token.isStolen !== true && !goesBack(world.mix))
    violate(world, 'S8', `the ledger does not know ${token.jti}`)
}

/** S1, S9, V2: at every edge lost claims are stale, marked tokens too, and nothing else is. */
async function checkToken(world: World, token: HeldToken): Promise<void> {
  const { truth, database, edges } = world
  const { minimumPv: minimum = 0 } = database.progress.get('0') ?? {}
  const isOlder = incarnationOf(token) < (database.progress.get('0')?.e ?? 0n)
  const isMarked = (database.tokens.get(token.jti)?.stale ?? null) !== null
  const introspected = await introspections(world, token)
  for (const [name, edge] of edges) {
    const answer = await edge.verify(token.jwt).catch(() => undefined)
    // A wrong clock dated it, and it is not valid yet.
    if (answer === undefined && world.mix.wrongMs > 0) continue
    if (answer === undefined) {
      violate(world, 'V4', `${name} refuses ${token.jti}`)
      continue
    }
    const { verdicts, verdict: worst } = answer
    checkIntrospection(world, introspected, { token, verdicts })
    if (isMarked && worst.kind !== 'stale')
      violate(world, 'S9', `the ledger calls ${token.jti} stale, ${name} ${worst.kind}`)
    for (const [claim, verdict] of verdicts) {
      const where = `${name} calls ${claim} of ${token.jti} (${token.sub}) ${verdict.kind}`
      const loss = truth.loss(token, claim)
      if (isOlder && verdict.kind !== 'stale')
        violate(world, 'S25', `${where}, of an older incarnation`)
      if (verdict.kind === 'unverified') violate(world, 'V2', `${where}: ${verdict.source}`)
      if (verdict.kind === 'fresh' && loss) violate(world, 'S1', `${where} at rest: ${loss.why}`)
      const isBelow = token.pv < minimum
      if (isBelow && verdict.kind !== 'stale') violate(world, 'S1', `${where} below the minimum`)
      if (verdict.kind !== 'stale' || verdict.reason === 'incarnation' || isBelow) continue
      noteStaleAtRest(world, `${token.jti} ${claim}`)
      if (!truth.mayBeStale(asEnded(world, token), claim))
        violate(world, 'S9', `${where} for no reason: ${verdict.reason} ${verdict.change ?? ''}`)
    }
  }
}

function noteStaleAtRest({ staleSince, kernel }: World, key: string): void {
  if (!staleSince.has(key)) staleSince.set(key, kernel.nowMs)
}

type Introspected = readonly (readonly [name: string, verdicts: ReadonlyMap<string, Verdict>])[]

async function introspections({ authorities }: World, { jwt }: HeldToken): Promise<Introspected> {
  const answers = [...authorities].map(
    async ([name, { introspect }]) => [name, await introspect(jwt)] as const,
  )
  return Promise.all(answers)
}

/** The answer of the primary agrees with that of every edge. */
function checkIntrospection(
  world: World,
  introspected: Introspected,
  { token, verdicts }: { token: HeldToken; verdicts: ReadonlyMap<string, Verdict> },
): void {
  for (const [name, own] of introspected)
    for (const [claim, { kind }] of own) {
      const atEdge = verdicts.get(claim)?.kind ?? kind
      const what = `${name} calls ${claim} of ${token.jti} ${kind}, an edge ${atEdge}`
      if (kind !== atEdge) violate(world, 'S9', what)
    }
}

/**
 * V4: an enabled subject gets exactly the values of its sources, and so do all actors. Every edge accepts the
 * token.
 */
async function checkNewToken(
  world: World,
  name: string,
  { sub, actors, mint }: Wish & { readonly mint: () => Promise<HeldToken> },
): Promise<void> {
  const token = await mint().catch((error: unknown) => String(error))
  const isEnabled = [sub, ...actors].every((party) => world.truth.isEnabled(party))
  if (typeof token === 'string') {
    if (isEnabled) violate(world, 'V4', `${name} mints nothing for ${sub}: ${token}`)
    return
  }
  if (!isEnabled) violate(world, 'S7', `${name} mints for ${sub}, and a party is disabled`)
  for (const claim of AUDIENCE.claims) {
    const minted = [...(token.values.get(claim) ?? [])].sort().join()
    const ofActors = actors.map((actor) => world.truth.holds(actor, claim))
    const held = world.truth
      .holds(sub, claim)
      .filter((value) => ofActors.every((values) => values.includes(value)))
      .join()
    if (minted !== held)
      violate(world, 'S6', `${claim} of ${sub}: minted [${minted}], is [${held}]`)
  }
  for (const [edgeName, edge] of world.edges) {
    const { verdict } = await edge.verify(token.jwt)
    if (verdict.kind !== 'fresh')
      violate(world, 'V4', `${edgeName} calls a new token of ${sub} ${JSON.stringify(verdict)}`)
  }
}
