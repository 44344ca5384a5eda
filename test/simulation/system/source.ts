import { subjectKey, type SourceVersion } from '@freshet/domain'
import { Bell } from '../kernel/bell.ts'
import { Process, type WallClock } from '../kernel/process.ts'
import type { Random } from '../random.ts'
import { DIRECTORY } from './deployment.ts'
import { directChannel } from './direct-channel.ts'
import { entryOf, subjectOf, type Entry, type Journal, type Saying } from './journal.ts'
import { gatewayChannel, type Channel } from './source-channel.ts'
import { setOf } from './keys.ts'
import type { ClaimFact, Fact } from './truth.ts'
import { allFacts, type Speaker } from './workload.ts'
import { claimsOf, LIARS, nameIn, type World } from './world.ts'

/** A source as it runs: it never dies, but it may stand still. */
export class Source {
  readonly world: World
  readonly journal: Journal
  readonly process: Process
  /** For when and whom it asks; what it says has a generator of its own. */
  readonly random: Random
  /** Decides whether a heartbeat is for all of its tenants. */
  readonly together: Random
  readonly channel: Channel
  /** Writes to the change topic itself, so no gateway refuses what makes no sense. */
  readonly isDirect: boolean
  /** Rings when there may be something to send. */
  readonly news: Bell = new Bell()
  /** What it forgot to tell. */
  readonly untold: ClaimFact[] = []
  /** What it leaves out it means: whoever was laid off is not to be asked about again. */
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
    this.together = kernel.random(`together ${this.process.name}`)
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

  /** What it speaks for: at once no more what was given to another; more only when it took over. */
  get speaker(): Speaker {
    const given = claimsOf(this.world, this.name)
    this.#claims = this.#claims.filter((claim) => given.includes(claim))
    return { source: this.name, claims: this.#claims, random: this.#work }
  }

  commit(fact: Fact, saying: Saying = {}): Entry {
    const { world, process, journal } = this
    const times = { atMs: world.kernel.nowMs, occurredAtMs: process.timer.nowMs() }
    const entry = entryOf(journal, fact, { ...times, ...saying })
    journal.entries.push(entry)
    this.news.ring()
    world.truth.tell(entry)
    if (fact.kind === 'account' && fact.op === 'deleted') world.faults.count('account deleted')
    const how = entry.isGarbled ? ' (garbled)' : ''
    process.tell(`commits ${entry.id} ${JSON.stringify(fact)}${how}`)
    return entry
  }

  /** Signs it with a key that nobody has published yet, as somebody does who is too quick. */
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
      this.process.tell(`publishes ${key.kid}`)
    })
    return entry
  }

  /** Something changes, and nobody is told until all is stated. */
  forget(fact: ClaimFact): void {
    this.process.tell(`forgets to tell ${JSON.stringify(fact)}`)
    this.untold.push(fact)
  }

  /** What was not told counts from here on; nothing of what is said before it does. */
  stateAll(): void {
    this.findUntold()
    this.state(allFacts(this.world, this.speaker), { isConfirmed: this.means })
  }

  /** All of one version, as a file is loaded: what is committed later is newer. */
  state(
    facts: readonly Fact[],
    { isConfirmed, isShort }: { readonly isConfirmed?: boolean; readonly isShort?: boolean },
  ): void {
    const { sourceVersion: version } = this.stateHalf(facts).change
    const meant = isConfirmed === true && ({ isConfirmed } as const)
    const short = isShort === true && ({ isShort } as const)
    const border = { kind: 'statement', border: 'end' } as const
    const end = this.commit({ ...border, ...meant, ...short }, { version })
    if (isShort === true) this.world.held.set(this.name, end.atMs)
    else this.world.held.delete(this.name)
  }

  /** A full statement whose end never comes. */
  stateHalf(facts: readonly Fact[]): Entry {
    const begin = this.commit({ kind: 'statement', border: 'begin' })
    const { sourceVersion: version } = begin.change
    for (const fact of facts) this.commit(fact, { version })
    return begin
  }

  /** Means what the statement that is open leaves out. */
  confirm(version: SourceVersion): void {
    this.commit({ kind: 'statement', border: 'end', isConfirmed: true }, { version })
    this.world.held.delete(this.name)
  }

  /** No event announced it. */
  findUntold(): void {
    const { truth, kernel, untold, tenant } = this.world
    for (const fact of this.untold.splice(0)) {
      const { sub, claim } = fact
      untold.add(`${this.name} ${subjectKey(subjectOf(tenant, sub))} ${claim}`)
      const id = `${this.name} untold ${truth.told.length}`
      truth.tell({ id, source: this.name, atMs: kernel.nowMs, fact })
    }
  }

  /** Speaks for what it was given, too, and states all of it (rule 32). */
  takeOver(): void {
    this.#claims = claimsOf(this.world, this.name)
    this.process.tell(`takes over: ${this.#claims.join(', ')}`)
    this.stateAll()
  }
}
