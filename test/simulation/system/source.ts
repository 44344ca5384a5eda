import { subjectKey, type SourceVersion } from '@freshet/protocol'
import { Bell } from '../kernel/bell.ts'
import { Process, type WallClock } from '../kernel/process.ts'
import type { Random } from '../random.ts'
import { DIRECTORY } from './deployment.ts'
import { directChannel } from './direct-channel.ts'
import { entryOf, subjectOf, type Entry, type Journal, type CommitOptions } from './journal.ts'
import { gatewayChannel, type Channel } from './source-channel.ts'
import { setOf } from './keys.ts'
import type { ClaimFact, Fact } from './truth.ts'
import { allFacts, statedBeside, type Speaker } from './workload.ts'
import { claimsOf, LIARS, nameIn, type World } from './world.ts'

/** A running source: it never dies, but it can pause. */
export class Source {
  readonly world: World
  readonly journal: Journal
  readonly process: Process
  /** Choices of times and gateways; its facts have a generator of their own. */
  readonly random: Random
  /** Decides whether a heartbeat is for all of its tenants. */
  readonly coalescing: Random
  readonly channel: Channel
  /** It writes to the change topic itself, so no gateway refuses invalid content. */
  readonly isDirect: boolean
  /** Rings when there can be a fact to send. */
  readonly news: Bell = new Bell()
  /** The facts that it forgot to send. */
  readonly unannounced: ClaimFact[] = []
  /** True if it left out subjects on purpose, so that operators do not ask again. */
  means = false
  readonly #work: Random
  #claims: readonly string[]

  constructor(world: World, journal: Journal, wall: WallClock) {
    const { kernel } = world
    const { source } = journal
    this.world = world
    this.journal = journal
    this.process = new Process(nameIn(world, source), kernel, wall)
    this.random = kernel.random(`source ${this.process.name}`)
    this.coalescing = kernel.random(`together ${this.process.name}`)
    this.isDirect = source === DIRECTORY
    this.#work = kernel.random(`facts ${this.process.name}`)
    this.#claims = claimsOf(world, source)
    const gateways = { asker: this.process, servers: world.gateways, random: this.random }
    this.channel = this.isDirect
      ? directChannel(world, this.process, gateways)
      : gatewayChannel(world, gateways, journal)
  }

  get name(): string {
    return this.journal.source
  }

  get isLiar(): boolean {
    const { mix, faults } = this.world
    return mix.lies > 0 && LIARS.includes(this.name) && !faults.isOver
  }

  /**
   * The claims that it sends now. A claim that moved away is gone at once; one that moved here comes when the
   * source takes over.
   */
  get speaker(): Speaker {
    const given = claimsOf(this.world, this.name)
    this.#claims = this.#claims.filter((claim) => given.includes(claim))
    return { source: this.name, claims: this.#claims, random: this.#work }
  }

  commit(fact: Fact, options: CommitOptions = {}): Entry {
    const { world, process, journal } = this
    const times = { atMs: world.kernel.nowMs, occurredAtMs: process.timer.nowMs() }
    const entry = entryOf(journal, fact, { ...times, ...options })
    journal.entries.push(entry)
    this.news.ring()
    world.truth.add(entry)
    if (fact.kind === 'account' && fact.op === 'deleted') world.faults.count('account deleted')
    const how = entry.isGarbled ? ' (garbled)' : ''
    process.log(`commits ${entry.id} ${JSON.stringify(fact)}${how}`)
    return entry
  }

  /** Signs a fact with a key that is not published yet, as a source does that is too quick. */
  commitEarly(fact: Fact, publishedAfterMs: number): Entry {
    const { kernel, keys, early } = this.world
    const entry = this.commit(fact, { isUnproven: true })
    const { id } = entry
    const [first] = setOf(`early-${id}`)
    if (first === undefined) throw new Error('A set has keys.')
    const { signsFromMs: _, ...key } = first
    early.set(id, key)
    kernel.after(publishedAfterMs, () => {
      keys.source = [...keys.source, key]
      this.process.log(`publishes ${key.kid}`)
    })
    return entry
  }

  /** A fact changes, and no record of it is sent until the next snapshot. */
  forget(fact: ClaimFact): void {
    this.process.log(`forgets to tell ${JSON.stringify(fact)}`)
    this.unannounced.push(fact)
  }

  /** Facts that were not sent count from here on; facts of the snapshot do not count before it. */
  stateAll(): void {
    this.findUnannounced()
    this.state(allFacts(this.world, this.speaker), { isConfirmed: this.means })
  }

  /** Sends facts under one version, as a file is loaded: later commits are newer. */
  state(
    facts: readonly Fact[],
    { isConfirmed, isShort }: { readonly isConfirmed?: boolean; readonly isShort?: boolean },
  ): void {
    const { sourceVersion: version } = this.stateHalf(facts).change
    const meant = isConfirmed === true && ({ isConfirmed } as const)
    const short = isShort === true && ({ isShort } as const)
    const marker = { kind: 'statement', marker: 'end' } as const
    const end = this.commit({ ...marker, ...meant, ...short }, { version })
    if (isShort === true) this.world.held.set(this.name, end.atMs)
    else this.world.held.delete(this.name)
  }

  /** Sends a snapshot whose end never comes. */
  stateHalf(facts: readonly Fact[]): Entry {
    const states = statedBeside(this.name)
    const begin = this.commit({ kind: 'statement', marker: 'begin', states })
    const { sourceVersion: version } = begin.change
    for (const fact of facts) this.commit(fact, { version })
    return begin
  }

  /** Confirms that the open snapshot leaves out subjects on purpose. */
  confirm(version: SourceVersion): void {
    this.commit({ kind: 'statement', marker: 'end', isConfirmed: true }, { version })
    this.world.held.delete(this.name)
  }

  /** No event announced it. */
  findUnannounced(): void {
    const { truth, kernel, unannounced, tenant } = this.world
    for (const fact of this.unannounced.splice(0)) {
      const { sub, claim } = fact
      unannounced.add(`${this.name} ${subjectKey(subjectOf(tenant, sub))} ${claim}`)
      const id = `${this.name} untold ${truth.facts.length}`
      truth.add({ id, source: this.name, atMs: kernel.nowMs, fact })
    }
  }

  /** The source also sends the claims that moved to it, and states all of them (rule 32). */
  takeOver(): void {
    this.#claims = claimsOf(this.world, this.name)
    this.process.log(`takes over: ${this.#claims.join(', ')}`)
    this.stateAll()
  }
}
