import { Bell } from '../kernel/bell.ts'
import { Process, type WallClock } from '../kernel/process.ts'
import type { Random } from '../random.ts'
import { DIRECTORY } from './deployment.ts'
import { directChannel } from './direct-channel.ts'
import { entryOf, type Journal, type Saying } from './journal.ts'
import { gatewayChannel, type Channel } from './source-channel.ts'
import type { Fact } from './truth.ts'
import { fullStatement, type Speaker } from './workload.ts'
import { claimsOf, LIARS, nameIn, type World } from './world.ts'

/** A source as it runs: it never dies, but it may stand still. */
export class Source {
  readonly world: World
  readonly journal: Journal
  readonly process: Process
  /** For when and whom it asks; what it says has a generator of its own. */
  readonly random: Random
  readonly channel: Channel
  /** Writes to the change topic itself, so no gateway refuses what makes no sense. */
  readonly isDirect: boolean
  /** Rings when there may be something to send. */
  readonly news: Bell = new Bell()
  readonly #work: Random
  #claims: readonly string[]

  constructor(world: World, journal: Journal, wall: WallClock) {
    const { kernel } = world
    const { source } = journal
    this.world = world
    this.journal = journal
    this.process = new Process(nameIn(world, source), kernel, wall)
    this.random = kernel.random(`source ${this.process.name}`)
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

  commit(fact: Fact, saying: Saying = {}): void {
    const { world, process, journal } = this
    const times = { atMs: world.kernel.nowMs, occurredAtMs: process.timer.nowMs() }
    const entry = entryOf(journal, fact, { ...times, ...saying })
    journal.entries.push(entry)
    this.news.ring()
    world.truth.tell(entry)
    if (fact.kind === 'account' && fact.op === 'deleted') world.faults.count('account deleted')
    const how = entry.isGarbled ? ' (garbled)' : ''
    process.tell(`commits ${entry.id} ${JSON.stringify(fact)}${how}`)
  }

  stateAll(): void {
    for (const fact of fullStatement(this.world, this.speaker)) this.commit(fact)
  }

  /** Speaks for what it was given, too, and states all of it (rule 32). */
  takeOver(): void {
    this.#claims = claimsOf(this.world, this.name)
    this.process.tell(`takes over: ${this.#claims.join(', ')}`)
    this.stateAll()
  }
}
