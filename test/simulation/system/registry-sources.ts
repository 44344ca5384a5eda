import { concernedBy, FreshetError, ownedClaims } from '@freshet/protocol'
import type { WallClock } from '../kernel/process.ts'
import { DIRECTORY } from './deployment.ts'
import { openDoubts } from './doubts.ts'
import { isActive } from './handover.ts'
import type { Entry, Journal } from './journal.ts'
import { CROWDED, firstFacts, nextPartnerFact } from './registry-people.ts'
import { demand, keepAsking, keepResyncing } from './registry-resyncs.ts'
import { registryOf } from './registry-state.ts'
import { giveUp, RegistrySource } from './registry-source.ts'
import { mayGo } from './sending-order.ts'
import { violate, type World } from './world.ts'

const HEARTBEAT_MS = 1_500
const BATCH = 3
const SENDERS = [0, 1]
/** A fact must be older than D to count, so most of them stay for longer. */
const COMMITS_EVERY_MS: Readonly<Record<string, number>> = {
  hr: 800,
  iga: 1_000,
  security: 2_500,
  [DIRECTORY]: 2_000,
}
const POLL_EVERY_MS = 1_000
const SETTLES_AGAIN_MS = 6_000

/** Starts a source: its first load, its business, its heartbeats, and the people who repair it. */
export function startRegistrySource(world: World, journal: Journal, wall: WallClock): void {
  const { kernel, faults, mix } = world
  const source = new RegistrySource(world, journal, wall)
  const { process, name, truth } = source
  world.sources.push(process)
  for (const fact of firstFacts(truth.claimsOf(name), crowdFor(world, truth.claimsOf(name))))
    truth.begin(fact, kernel.nowMs)
  void source.state()
  const isOver = (): boolean => faults.isOver
  const work = kernel.random(`business ${name}`)
  kernel.every(COMMITS_EVERY_MS[name] ?? 1_000, work, () => source.commitNext(), isOver)
  if (name === 'iga') startPartner(source)
  const exports = kernel.random(`exports ${name}`)
  kernel.every(
    mix.resyncEveryMs,
    exports,
    () => {
      const isWhole = mix.claimsAlone === 0 || !exports.chance(mix.claimsAlone)
      if (faults.strike('resync: whole')) void source.state({ isWhole })
    },
    isOver,
  )
  for (const sender of SENDERS) void keepSending(source, sender)
  void keepBeating(source)
  void keepAsking(source)
  void keepResyncing(source)
  void keepSettling(source)
  // After everything, each source compares its whole state once more.
  if (mix.resyncEveryMs > 0) kernel.after(mix.faultsMs, () => demand(source, 'the end'))
}

function startPartner(source: RegistrySource): void {
  const { kernel, mix, faults } = source.world
  const random = kernel.random('partner')
  const send = (): void => {
    const fact = nextPartnerFact(source.truth, random, kernel.nowMs)
    const isOwner = source.truth.claimsOf(source.name).includes('entitlements')
    if (fact !== undefined && isOwner) source.commit(fact)
  }
  kernel.every(mix.partnerEveryMs, random, send, () => faults.isOver)
}

function crowdFor({ crowd }: World, claims: readonly string[]): readonly string[] {
  return claims.some((name) => CROWDED.includes(name)) ? crowd : []
}

async function keepSending(source: RegistrySource, sender: number): Promise<void> {
  const { process, random, channel, journal } = source
  for (;;) {
    await process.wait(source.world.faults.stallMs() + random.between(10, 120))
    const going = mayGo(journal)
    const batch = journal.entries
      .filter((entry, at) => at % SENDERS.length === sender && going.has(entry))
      .slice(0, BATCH)
    if (batch.length === 0) await source.news.next()
    else await channel.send(batch, (entry, error) => answered(source, entry, error))
  }
}

/** A refusal is final once every process has the version that refuses. */
function answered(source: RegistrySource, entry: Entry, error?: FreshetError): void {
  const { world, process, news } = source
  if (error === undefined) entry.isAnswered = true
  else if (error.code === 'event.forbidden' || error.code === 'event.unmapped') {
    if (!isActive(world) || entry.isAnswered) return
    process.log(`gives up ${entry.id}: ${error.code}`)
    giveUp(entry)
    sendForItself(source, entry)
    if (source.statement?.lines.includes(entry) === true || entry.fact.kind === 'statement') {
      const { entries } = source.journal
      const isFirst = !entries.some(
        ({ fact }) => fact.kind === 'statement' && fact.marker === 'end',
      )
      source.breakOff()
      if (isFirst) {
        source.isLoaded = false
        demand(source, 'its first load broke off')
      }
    }
  } else if (error.disposition !== 'retry') {
    violate(world, 'S11', `${source.name} is refused: ${error.code} ${error.message}`)
  }
  news.ring()
}

/** A source that no longer sends for a partner withdraws the value, or states the claim of that subject, itself. */
function sendForItself(source: RegistrySource, { fact, change }: Entry): void {
  if (!('onBehalfOf' in fact) || fact.onBehalfOf === undefined) return
  const { truth, name } = source
  const { claim } = fact
  if (!truth.claimsOf(name).includes(claim)) return
  if (fact.kind === 'withdrawn') {
    // Subjects can have got the value again since, so it keeps its version.
    const { sourceVersion: version } = change
    return void source.write({ kind: 'withdrawn', claim, value: fact.value }, { version })
  }
  const { sub } = fact
  source.write({
    kind: 'claim',
    sub,
    claim,
    op: 'set',
    values: truth.statedValues(name, sub, claim),
  })
}

async function keepBeating(source: RegistrySource): Promise<void> {
  const { world, process, random, journal, name } = source
  for (;;) {
    await process.wait(HEARTBEAT_MS)
    const throughMs = process.timer.nowMs()
    const readMs = world.kernel.nowMs
    await process.wait(random.between(1, 40))
    const entries = [...journal.entries]
    if (!source.isLoaded || !entries.every(({ isAnswered }) => isAnswered)) continue
    world.spokeMs.set(name, Math.max(readMs, world.spokeMs.get(name) ?? 0))
    await source.channel.sendHeartbeat(throughMs, entries, []).catch((error: unknown) => {
      if (!(error instanceof FreshetError)) throw error
      world.note(`source hears ${error.code}`)
    })
  }
}

/** A source sends a claim in doubt again, with the records that caused the doubt. */
async function keepSettling(source: RegistrySource): Promise<void> {
  const { world, truth, process, name } = source
  const settledMs = new Map<string, number>()
  for (;;) {
    await process.wait(POLL_EVERY_MS)
    const { state, pv } = truth.inForce
    const stated = ownedClaims(registryOf(state, pv), name)
    for (const { sub, claim: stored, refs, key } of openDoubts(world, stated)) {
      if (!truth.isNamed(sub)) continue
      const claim = concernedBy(stored)
      if (world.kernel.nowMs < (settledMs.get(key) ?? -SETTLES_AGAIN_MS) + SETTLES_AGAIN_MS)
        continue
      settledMs.set(key, world.kernel.nowMs)
      world.faults.count('doubt settled')
      const values = truth.statedValues(name, sub, claim)
      source.write({ kind: 'claim', sub, claim, op: 'set', values }, { settles: refs })
    }
  }
}
