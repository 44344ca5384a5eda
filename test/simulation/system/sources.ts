import { FreshetError } from '@freshet/protocol'
import type { WallClock } from '../kernel/process.ts'
import { DIRECTORY, REGISTRY } from './deployment.ts'
import { isActive, isHandedOver, isMoving } from './handover.ts'
import type { Entry, Journal } from './journal.ts'
import { mayGo } from './sending-order.ts'
import type { TenantEntries } from './source-channel.ts'
import { Source } from './source.ts'
import { keepResyncing } from './resyncs.ts'
import { keepAsking, keepMending, keepSettling } from './source-statements.ts'
import type { Fact } from './truth.ts'
import { firstFacts, nextFact, overreach } from './workload.ts'
import { claimsOf, violate, type World } from './world.ts'

const HEARTBEAT_MS = 1_500
/** The share of heartbeats that are for all tenants. */
const SHARED_SHARE = 0.5
const BATCH = 3
/** A source sends from two places at once. */
const SENDERS = [0, 1]
const COMMITS_EVERY_MS: Readonly<Record<string, number>> = {
  hr: 500,
  iga: 900,
  security: 4_000,
  [DIRECTORY]: 1_500,
}
/** The chance that a lying source is lazy. If it has sent everything, it cannot cover more than that. */
const LAZY = 0.08
const LAZY_MS = 9_000
/** The time after which a key that signed too early is published. */
const PUBLISHED_AFTER_MS = [500, 5_000] as const
/** The account source, and the chance that a subject is gone before such a key is published. */
const ACCOUNTS = REGISTRY.account
const DELETED = 0.2

/** A source: it commits facts, sends each until it is answered, and sends heartbeats. */
export function startSource(world: World, journal: Journal, wall: WallClock): void {
  const { kernel, faults } = world
  const source = new Source(world, journal, wall)
  const { random } = source.speaker
  world.sources.push(source.process)
  world.voices.set(source.name, (fact) => void source.commit(fact))
  world.restate.set(source.name, () => source.stateAll())
  for (const fact of firstFacts(world, source.name)) source.commit(fact)
  kernel.every(
    COMMITS_EVERY_MS[source.name] ?? 1_000,
    random,
    () => commitNext(source),
    () => faults.isOver,
  )
  for (const sender of SENDERS) void keepSending(source, sender)
  void keepBeating(source)
  void keepAsking(source)
  void keepMending(source)
  void keepSettling(source)
  void keepResyncing(source)
}

function commitNext(source: Source): void {
  const { world, isDirect, speaker } = source
  if (isDirect && speaker.random.chance(world.mix.overreach) && world.faults.strike('overreach'))
    return void source.commit(overreach(world, speaker))
  const fact = nextFact(world, speaker)
  if (fact === undefined) return
  if (fact.kind === 'claim' && forgets(source)) return source.forget(fact)
  if (isDirect && isTooQuick(source)) return commitTooQuickly(source, fact)
  const isGarbled =
    isDirect && speaker.random.chance(world.mix.garbled) && world.faults.strike('garbled')
  source.commit(fact, isGarbled ? { isGarbled } : {})
}

/** The subject of the fact can be gone when the key is published at last. */
function commitTooQuickly(source: Source, fact: Fact): void {
  const { world, speaker } = source
  const publishedAfterMs = speaker.random.between(...PUBLISHED_AFTER_MS)
  const { id } = source.commitEarly(fact, publishedAfterMs)
  if (!('sub' in fact) || !world.kernel.random(`whether ${id} outlives`).chance(DELETED)) return
  const claims = claimsOf(world, ACCOUNTS)
  const gone = { kind: 'account', sub: fact.sub, op: 'deleted', claims } as const
  world.kernel.after(publishedAfterMs / 2, () => {
    if (world.truth.isEnabled(fact.sub)) world.voices.get(ACCOUNTS)?.(gone)
  })
}

function forgets({ world: { mix, faults }, speaker }: Source): boolean {
  return mix.forgets > 0 && speaker.random.chance(mix.forgets) && faults.strike('forgotten')
}

function isTooQuick({ world: { mix, faults }, speaker }: Source): boolean {
  return mix.unproven > 0 && speaker.random.chance(mix.unproven) && faults.strike('unproven')
}

async function keepSending(source: Source, sender: number): Promise<void> {
  const { world, process, random, channel } = source
  const { entries, isDense } = source.journal
  for (;;) {
    const lazyMs = source.isLiar && random.chance(LAZY) ? random.between(0, LAZY_MS) : 0
    await process.wait(world.faults.stallMs() + lazyMs + random.between(10, 120))
    // Numbered facts go in order, so both senders send the same; the others are divided.
    const own = entries.filter((_, at) => isDense || at % SENDERS.length === sender)
    const going = mayGo(source.journal)
    const batch = own.filter((entry) => going.has(entry)).slice(0, BATCH)
    if (batch.length === 0) await source.news.next()
    else await channel.send(batch, (entry, error) => answered(source, entry, error))
  }
}

function answered({ world, process, news }: Source, entry: Entry, error?: FreshetError): void {
  if (error === undefined) {
    if (!entry.isAnswered) process.log(`hears 202 for ${entry.id}`)
    entry.isAnswered = true
    news.ring()
  } else if (error.code !== 'event.forbidden' || !isMoving(world, entry)) {
    refused(world, entry.source, error)
  } else if (isActive(world) && isHandedOver(world, entry)) {
    // Versions of processes differ for a while; after all have the new one, no process accepts the fact any
    // more.
    process.log(`gives up ${entry.id}: it speaks for that claim no more`)
    entry.isAnswered = true
    entry.isGivenUp = true
    news.ring()
  }
}

function refused(world: World, source: string, error: FreshetError): void {
  world.note(`source hears ${error.code}`)
  const isExpected = error.disposition === 'retry' || error.code === 'event.sequence'
  if (!isExpected) violate(world, 'S11', `${source} is refused: ${error.code} ${error.message}`)
}

/**
 * Rule 37: the source reads the clock first, then the end of the feed, and covers only answered facts. A
 * source that numbers leaves the second to the gateway, which knows whether each number was acknowledged. It
 * waits for the answers to its snapshot markers alone: a restored gateway can know a marker in some
 * partitions only.
 */
async function keepBeating(source: Source): Promise<void> {
  const { world, process, random, journal, name } = source
  for (;;) {
    await process.wait(HEARTBEAT_MS)
    const early = process.timer.nowMs()
    const readMs = world.kernel.nowMs
    await process.wait(random.between(1, 40))
    const entries = [...journal.entries]
    const others = entriesElsewhere(source)
    await process.wait(random.between(1, 40))
    const { heartbeatCovers } = world.guards
    const throughMs = heartbeatCovers === 'later than its clock' ? process.timer.nowMs() : early
    const isCovered = entries.every((entry) => mayCover(journal, entry))
    const mayLie = !isCovered && source.isLiar && random.chance(world.mix.lies)
    const isLie = mayLie && world.faults.strike('lie')
    if (!isLie && !isCovered && heartbeatCovers !== 'all is told') continue
    const vouching = isLie ? [] : [world, ...others.map((other) => other.world)]
    for (const each of vouching) vouch(each, name, { throughMs, readMs })
    for (const { world: each } of [source, ...others]) spoke(each, name, readMs)
    await sendHeartbeat(source, throughMs, {
      entries: isLie ? entries.slice(0, answeredUntil(entries)) : entries,
      others,
    })
  }
}

function mayCover({ isDense }: Journal, { isAnswered, fact }: Entry): boolean {
  return isAnswered || (isDense && fact.kind !== 'statement')
}

/** The entries of the source of the same name in another tenant. */
interface NeighbourEntries extends TenantEntries {
  readonly world: World
}

/**
 * Returns the other tenants of a heartbeat: in half of the heartbeats, those of which it may cover every
 * entry.
 */
function entriesElsewhere({
  world,
  name,
  isDirect,
  coalescing,
}: Source): readonly NeighbourEntries[] {
  if (isDirect || world.neighbours.length === 0 || !coalescing.chance(SHARED_SHARE)) return []
  return world.neighbours.flatMap((other) => {
    const journal = other.journals.find(({ source }) => source === name)
    const entries = [...(journal?.entries ?? [])]
    const isCovered = journal === undefined || entries.every((entry) => mayCover(journal, entry))
    return isCovered ? [{ world: other, tenant: other.tenant, entries }] : []
  })
}

/** Compares a heartbeat that was no lie with the recorded facts (S17). */
function vouch(
  { vouched }: World,
  source: string,
  { throughMs, readMs }: { readonly throughMs: number; readonly readMs: number },
): void {
  const times = vouched.get(source) ?? new Map<number, number>()
  vouched.set(source, times.set(throughMs, readMs))
}

/** A process that paused sends an older time than another process of the same source has sent meanwhile. */
function spoke({ spokeMs }: World, source: string, readMs: number): void {
  spokeMs.set(source, Math.max(readMs, spokeMs.get(source) ?? 0))
}

interface HeartbeatEntries {
  readonly entries: readonly Entry[]
  readonly others: readonly NeighbourEntries[]
}

async function sendHeartbeat(
  source: Source,
  throughMs: number,
  { entries, others }: HeartbeatEntries,
): Promise<void> {
  try {
    const errors = await source.channel.sendHeartbeat(throughMs, entries, others)
    for (const error of errors) refused(source.world, source.name, error)
  } catch (error) {
    if (!(error instanceof FreshetError)) throw error
    refused(source.world, source.name, error)
  }
}

/** Returns the number of first entries that were answered without a gap. */
function answeredUntil(entries: readonly Entry[]): number {
  const first = entries.findIndex(({ isAnswered }) => !isAnswered)
  return first < 0 ? entries.length : first
}
