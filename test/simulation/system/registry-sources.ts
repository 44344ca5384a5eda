import { FreshetError, PARTITIONS, type SourceVersion } from '@freshet/protocol'
import { Bell } from '../kernel/bell.ts'
import { EPOCH_MS } from '../kernel/kernel.ts'
import { Process, type WallClock } from '../kernel/process.ts'
import type { Random } from '../random.ts'
import { DIRECTORY, LEASE_MS } from './deployment.ts'
import { directChannel } from './direct-channel.ts'
import { openDoubts } from './doubts.ts'
import { entryOf, type Entry, type Journal, type Saying } from './journal.ts'
import { claimFact, firstFacts, nextFact, PEOPLE } from './registry-people.ts'
import type { RegistryTruth, TrueVersion } from './registry-truth.ts'
import { mayGo } from './sending-order.ts'
import { gatewayChannel, type Channel } from './source-channel.ts'
import { STATES_ACCOUNTS } from './statement-content.ts'
import type { Fact } from './truth.ts'
import { violate, type World } from './world.ts'

const HEARTBEAT_MS = 1_500
const BATCH = 3
const SENDERS = [0, 1]
const COMMITS_EVERY_MS: Readonly<Record<string, number>> = {
  hr: 350,
  iga: 450,
  security: 1_200,
  [DIRECTORY]: 900,
}
const LOOKS_EVERY_MS = 1_000
/** A person finds out that a version gave the source something, and exports a file. */
const FINDS_OUT_MS = [300, 6_000] as const
/** The time that the sending of a file takes. */
const FILE_MS = [0, 5_000] as const
const AGAIN_MS = 3_000
/** The command waits for so long until every partition has compared the file. */
const COMPARED_WITHIN_MS = 8_000
const UNHEARD_AGAIN_MS = 12_000
const SETTLES_AGAIN_MS = 6_000
/** The claims that a crowd has. */
const CROWDED: readonly string[] = ['entitlements', 'holds']
const BROKEN_OFF = 0.5

/** Units of a source's versions in a millisecond; 0: it counts its changes. */
const SCALES: Readonly<Record<string, bigint>> = { hr: 1_000n, iga: 1n, security: 0n, [DIRECTORY]: 0n }

/** The parts of a snapshot that is being sent. */
interface Statement {
  readonly begin: Entry
  readonly lines: readonly Entry[]
  end?: Entry
}

/**
 * A source of a run whose registry changes. It sends what the documented HTTP and `freshet source load` can
 * send, and follows the documented steps when it is refused.
 */
export class RegistrySource {
  readonly world: World
  readonly truth: RegistryTruth
  readonly journal: Journal
  readonly process: Process
  readonly random: Random
  readonly channel: Channel
  readonly news: Bell = new Bell()
  readonly #work: Random
  #last: SourceVersion = { epoch: 0n, n: 0n }
  /** The version of the registry whose work it has done. */
  known: TrueVersion
  statement: Statement | undefined

  constructor(world: World, journal: Journal, wall: WallClock) {
    const { kernel, registry } = world
    const { source } = journal
    this.world = world
    this.truth = registry
    this.journal = journal
    this.process = new Process(source, kernel, wall)
    this.random = kernel.random(`source ${source}`)
    this.#work = kernel.random(`facts ${source}`)
    this.known = registry.inForce
    const gateways = { asker: this.process, servers: world.gateways, random: this.random }
    this.channel =
      source === DIRECTORY
        ? directChannel(world, this.process, gateways)
        : gatewayChannel(world, gateways, journal)
  }

  get name(): string {
    return this.journal.source
  }

  /** Commits a fact as its owner. */
  commit(fact: Fact, saying: Saying = {}): Entry {
    const { kernel } = this.world
    this.truth.commit(fact, kernel.nowMs)
    return this.write(fact, saying)
  }

  /** Writes an entry of the journal, which is sent until it is answered. */
  write(fact: Fact, saying: Saying = {}): Entry {
    const { world, process, journal } = this
    const { nowMs: atMs } = world.kernel
    const times = { atMs, occurredAtMs: EPOCH_MS + atMs }
    const version = saying.version ?? this.#nextVersion()
    const entry = entryOf(journal, fact, { ...times, ...saying, version })
    journal.entries.push(entry)
    this.news.ring()
    const { n } = entry.change.sourceVersion
    process.tell(`commits ${entry.id} @${n} ${JSON.stringify(fact)}`)
    return entry
  }

  /** Commits what the business of the owner does next; sometimes two facts under one version. */
  commitNext(): void {
    const fact = nextFact(this.truth, this.name, this.#work)
    if (fact === undefined) return
    const { change } = this.commit(fact)
    const { mix, faults } = this.world
    if (fact.kind !== 'claim' || !this.#work.chance(mix.equals) || !faults.strike('equal versions'))
      return
    const again = claimFact(fact.claim, fact.sub, this.#work)
    this.commit(again, { version: change.sourceVersion })
  }

  /**
   * Sends a file: everything that the source owns at this moment, under one version, for the subjects that
   * the registry in force has. A truncated one lacks a crowd.
   */
  async state({ isShort = false }: { readonly isShort?: boolean } = {}): Promise<void> {
    if (this.statement !== undefined) return
    const { world, process, random } = this
    const begin = this.write({ kind: 'statement', border: 'begin' })
    const { sourceVersion: version } = begin.change
    const facts = this.#content().filter((fact) => !isShort || !world.crowd.includes(subOf(fact)))
    const lines = facts.map((fact) => this.write(fact, { version }))
    const statement: Statement = { begin, lines }
    this.statement = statement
    await process.wait(random.between(...FILE_MS))
    // A line that was refused stops the command, and its end is not sent.
    if (this.statement !== statement) return
    const short = isShort && ({ isShort: true } as const)
    // The command asks for a confirmation of an empty file.
    const confirmed = lines.length === 0 && ({ isConfirmed: true } as const)
    const border = { kind: 'statement', border: 'end' } as const
    statement.end = this.write({ ...border, ...short, ...confirmed }, { version })
  }

  /** Confirms that the file leaves out much on purpose. */
  confirm(statement: Statement): void {
    const { sourceVersion: version } = statement.begin.change
    const border = { kind: 'statement', border: 'end', isConfirmed: true } as const
    statement.end = this.write(border, { version })
  }

  /** Gives up the rest of a snapshot. */
  breakOff(): void {
    const { statement } = this
    if (statement === undefined) return
    this.statement = undefined
    this.process.tell(`breaks off the snapshot of ${statement.begin.id}`)
    const { begin, lines, end } = statement
    for (const entry of [begin, ...lines, ...(end === undefined ? [] : [end])])
      if (!entry.isAnswered) giveUp(entry)
    this.news.ring()
  }

  /** Returns whether it can state so many subjects that a truncated file of it must be held. */
  get isCrowded(): boolean {
    const { crowd } = this.world
    return crowd.length > 0 && this.truth.claimsOf(this.name).some((name) => CROWDED.includes(name))
  }

  #content(): readonly Fact[] {
    const { truth, name, world } = this
    const named = [...PEOPLE, ...world.crowd].filter((sub) => truth.isNamed(sub))
    const isAccounts = STATES_ACCOUNTS && truth.inForce.state.account === name
    return named.flatMap((sub): readonly Fact[] => [
      ...(isAccounts ? [{ kind: 'account', sub, op: truth.isEnabled(sub) ? 'enabled' : 'disabled' } as const] : []),
      ...truth.claimsOf(name).flatMap((claim) => {
        const values = truth.holds(sub, claim)
        return values.length === 0 ? [] : [{ kind: 'claim', sub, claim, op: 'set', values } as const]
      }),
    ])
  }

  #nextVersion(): SourceVersion {
    const scale = SCALES[this.name] ?? 0n
    const next = this.#last.n + 1n
    const now = BigInt(EPOCH_MS + this.world.kernel.nowMs) * scale
    this.#last = { epoch: 0n, n: now > next ? now : next }
    return this.#last
  }
}

function subOf(fact: Fact): string {
  return 'sub' in fact ? fact.sub : ''
}

function giveUp(entry: Entry): void {
  entry.isAnswered = true
  entry.isGivenUp = true
}

/** Starts a source: its first load, its business, its heartbeats, and the people who repair it. */
export function startRegistrySource(world: World, journal: Journal, wall: WallClock): void {
  const { kernel, faults, mix } = world
  const source = new RegistrySource(world, journal, wall)
  const { random, process, name, truth } = source
  world.sources.push(process)
  for (const fact of firstFacts(truth.claimsOf(name), crowdFor(world, truth.claimsOf(name))))
    truth.commit(fact, kernel.nowMs)
  void source.state()
  const isOver = (): boolean => faults.isOver
  const work = kernel.random(`business ${name}`)
  kernel.every(COMMITS_EVERY_MS[name] ?? 1_000, work, () => source.commitNext(), isOver)
  const export_ = kernel.random(`exports ${name}`)
  kernel.every(
    mix.resyncEveryMs,
    export_,
    () => {
      if (faults.strike('resync: whole')) void source.state()
    },
    isOver,
  )
  for (const sender of SENDERS) void keepSending(source, sender)
  void keepBeating(source)
  void keepAsking(source)
  void keepResyncing(source, random)
  void keepSettling(source)
  // After everything, each source compares its whole state once more.
  kernel.after(mix.faultsMs, () => demand(source, 'the end'))
}

function crowdFor({ crowd }: World, claims: readonly string[]): readonly string[] {
  return claims.some((name) => CROWDED.includes(name)) ? crowd : []
}

const demands = new WeakMap<RegistrySource, { readonly sinceMs: number; readonly why: string }>()

/** A person is to let the source resync; the run is not over before that is done. */
function demand(source: RegistrySource, why: string): void {
  const { orders, kernel } = source.world
  source.process.tell(`is to resync: ${why}`)
  orders.add(`resync of ${source.name}`)
  demands.set(source, { sinceMs: kernel.nowMs, why })
}

/** Repeats the documented resync until every partition has compared a snapshot that began after the demand. */
async function keepResyncing(source: RegistrySource, random: Random): Promise<void> {
  const { world, process, truth, name } = source
  for (;;) {
    await process.wait(LOOKS_EVERY_MS)
    if (given(source)) {
      source.known = truth.inForce
      await process.wait(random.between(...FINDS_OUT_MS))
      demand(source, 'a version gave it something')
    }
    if (source.statement !== undefined) await check(source)
    const due = demands.get(source)
    if (due === undefined || source.statement !== undefined || !truth.inForce.state.hasTenant) continue
    const isShort =
      !world.faults.isOver &&
      source.isCrowded &&
      random.chance(BROKEN_OFF) &&
      world.faults.strike('resync: broke off')
    void source.state({ isShort })
    process.tell(`resyncs, because ${due.why}`)
    await process.wait(AGAIN_MS)
  }

  /** Returns whether a version gave the source claims, accounts, subjects or the tenant. */
  function given({ known }: RegistrySource): boolean {
    const now = truth.inForce
    if (known.pv === now.pv) return false
    const before = known.state
    const { state } = now
    const has = (claims: typeof state.claims): readonly string[] =>
      [...claims].flatMap(([claim, owned]) => (owned.source === name ? claim : []))
    const isGiven =
      has(state.claims).some((claim) => !has(before.claims).includes(claim)) ||
      (state.account === name && before.account !== name) ||
      state.providers.some((provider) => !before.providers.includes(provider)) ||
      (state.hasTenant && !before.hasTenant)
    if (!isGiven) source.known = now
    return isGiven
  }
}

/** Asks for the state of the snapshot that was sent last. */
async function check(source: RegistrySource): Promise<void> {
  const { statement, world, name } = source
  if (statement?.end?.isAnswered !== true) return
  const status = await source.channel.status().catch(() => undefined)
  if (status?.statement?.begin !== statement.begin.id) return
  const states = PARTITIONS.map((partition) => {
    return status.statement?.partitions.find((each) => each.partition === partition)?.state
  })
  const { kernel } = world
  const isShort = statement.end.fact.kind === 'statement' && statement.end.fact.isShort === true
  const isHeld = states.includes('held')
  if (!states.every((state) => state === 'ended')) {
    const isLate = kernel.nowMs > statement.end.atMs + COMPARED_WITHIN_MS
    if (!isHeld && !isLate && !states.includes('void')) return
    source.process.tell(`finds its snapshot ${states.join(', ')}`)
    // The source means what the file leaves out, unless the file is truncated.
    if (isHeld && !isShort) return source.confirm(statement)
    source.statement = undefined
    return demand(source, 'its snapshot had no effect')
  }
  source.statement = undefined
  const due = demands.get(source)
  if (isShort) return demand(source, 'the file was truncated')
  if (due === undefined || statement.begin.atMs < due.sinceMs) return
  demands.delete(source)
  world.orders.delete(`resync of ${name}`)
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
    if (!isSettled(world) || entry.isAnswered) return
    process.tell(`gives up ${entry.id}: ${error.code}`)
    giveUp(entry)
    if (source.statement?.lines.includes(entry) === true || entry.fact.kind === 'statement')
      source.breakOff()
  } else if (error.disposition !== 'retry') {
    violate(world, 'S11', `${source.name} is refused: ${error.code} ${error.message}`)
  }
  news.ring()
}

/** Returns whether every process has loaded the newest version, and every partition passed it. */
function isSettled({ database, policy }: World): boolean {
  return (
    [...policy.loaded.values()].every((version) => version === policy.version) &&
    database.progress.values().every(({ activePv }) => activePv === policy.version)
  )
}

async function keepBeating(source: RegistrySource): Promise<void> {
  const { world, process, random, journal, name } = source
  for (;;) {
    await process.wait(HEARTBEAT_MS)
    const throughMs = process.timer.nowMs()
    const readMs = world.kernel.nowMs
    await process.wait(random.between(1, 40))
    const told = [...journal.entries]
    if (!told.every(({ isAnswered }) => isAnswered)) continue
    world.spokeMs.set(name, Math.max(readMs, world.spokeMs.get(name) ?? 0))
    await source.channel.beat(throughMs, told, []).catch((error: unknown) => {
      if (!(error instanceof FreshetError)) throw error
      world.note(`source hears ${error.code}`)
    })
  }
}

/** docs/recovery.md: a source whose heartbeats do not count resyncs. */
async function keepAsking(source: RegistrySource): Promise<void> {
  const { kernel, faults } = source.world
  let notBeforeMs = kernel.nowMs + UNHEARD_AGAIN_MS
  for (;;) {
    await source.process.wait(AGAIN_MS)
    const status = await source.channel.status().catch(() => undefined)
    const isTold = source.journal.entries.every(({ isAnswered }) => isAnswered)
    const silentMs = kernel.nowMs + EPOCH_MS - (status?.throughMs ?? 0)
    if (status === undefined || !isTold || silentMs <= 2 * LEASE_MS) continue
    if (kernel.nowMs < notBeforeMs) continue
    notBeforeMs = kernel.nowMs + UNHEARD_AGAIN_MS
    faults.count('full statement')
    demand(source, 'its heartbeats do not count')
  }
}

/** A source sends a claim in doubt again, with the records that caused the doubt. */
async function keepSettling(source: RegistrySource): Promise<void> {
  const { world, truth, process, name } = source
  const settledMs = new Map<string, number>()
  for (;;) {
    await process.wait(LOOKS_EVERY_MS)
    for (const { sub, claim, refs, key } of openDoubts(world, truth.claimsOf(name))) {
      if (!truth.isNamed(sub)) continue
      if (world.kernel.nowMs < (settledMs.get(key) ?? -SETTLES_AGAIN_MS) + SETTLES_AGAIN_MS) continue
      settledMs.set(key, world.kernel.nowMs)
      world.faults.count('doubt settled')
      const values = truth.holds(sub, claim)
      source.write({ kind: 'claim', sub, claim, op: 'set', values }, { settles: refs })
    }
  }
}
