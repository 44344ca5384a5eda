import type { SourceVersion, StatedKind } from '@freshet/protocol'
import { Bell } from '../kernel/bell.ts'
import { EPOCH_MS } from '../kernel/kernel.ts'
import { Process, type WallClock } from '../kernel/process.ts'
import type { Random } from '../random.ts'
import { DIRECTORY } from './deployment.ts'
import { directChannel } from './direct-channel.ts'
import { entryOf, type Entry, type Journal, type CommitOptions } from './journal.ts'
import { claimFact, CROWDED, nextFact, PEOPLE } from './registry-people.ts'
import type { RegistryTruth, TrueVersion } from './registry-truth.ts'
import { gatewayChannel, type Channel } from './source-channel.ts'
import type { Fact } from './truth.ts'
import type { World } from './world.ts'

/** The time that the sending of a file takes. */
const FILE_MS = [0, 5_000] as const

/** The share of files that are sent later than they were written. */
const KEPT = 0.15
const KEPT_MS = [500, 4_000] as const

/** Cut-offs that a snapshot repeats: older ones concern no living token. */
const CUT_OFFS_STATED = 10

/** Units of a source's versions in a millisecond; 0: it counts its changes. */
const SCALES: Readonly<Record<string, bigint>> = {
  hr: 1_000n,
  iga: 1n,
  security: 0n,
  [DIRECTORY]: 0n,
}

/** The parts of a snapshot that is being sent. */
export interface Statement {
  readonly begin: Entry
  readonly lines: readonly Entry[]
  /** False: it has claims alone, and answers for nothing else of its source. */
  readonly isWhole: boolean
  /** The time at which the file was written, in true time. */
  readonly writtenMs: number
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
  /** A file is written, and its sending has not begun. */
  #hasFile = false
  #last: SourceVersion = { epoch: 0n, n: 0n }
  /** False: its first load broke off. It sends no heartbeat until it has sent a whole file. */
  isLoaded = true
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
  commit(fact: Fact, options: CommitOptions = {}): Entry {
    const { kernel } = this.world
    this.truth.commit(fact, kernel.nowMs, this.name)
    return this.write(fact, options)
  }

  /** Writes an entry of the journal, which is sent until it is answered. */
  write(fact: Fact, options: CommitOptions = {}): Entry {
    const { world, process, journal } = this
    const { nowMs: atMs } = world.kernel
    const times = { atMs, occurredAtMs: EPOCH_MS + atMs }
    const version = options.version ?? this.#nextVersion()
    const entry = entryOf(journal, fact, { ...times, ...options, version })
    journal.entries.push(entry)
    this.news.ring()
    const { n } = entry.change.sourceVersion
    process.log(`commits ${entry.id} @${n} ${JSON.stringify(fact)}`)
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
   * the registry in force has. A truncated one lacks a crowd. A person can write it before an activation, and send
   * it after.
   */
  async state({
    isShort = false,
    isWhole = true,
  }: { readonly isShort?: boolean; readonly isWhole?: boolean } = {}): Promise<void> {
    const { world, process, random } = this
    if (this.statement !== undefined || this.#hasFile) return
    const states = isWhole ? this.#states() : []
    const version = this.#nextVersion()
    const writtenMs = world.kernel.nowMs
    const whole = this.#content(states)
    const facts = whole.filter((fact) => !isShort || !world.crowd.includes(subOf(fact)))
    const isCut = facts.length < whole.length
    const cut = whole.filter((fact) => !facts.includes(fact))
    // The first load comes before the first heartbeat, so no person keeps its file.
    const isFirst = this.journal.entries.length === 0
    this.#hasFile = true
    if (random.chance(KEPT) && !isFirst) await process.wait(random.between(...KEPT_MS))
    this.#hasFile = false
    const marker = { kind: 'statement', marker: 'begin', states } as const
    const begin = this.write(marker, { version, occurredAtMs: EPOCH_MS + writtenMs })
    const lines = facts.map((fact) => this.write(fact, { version }))
    const statement: Statement = { begin, lines, isWhole, writtenMs }
    this.statement = statement
    await process.wait(random.between(...FILE_MS))
    // A line that was refused stops the command, and its end is not sent.
    if (this.statement !== statement) return
    // After a withdrawal the crowd can have accounts alone, which a file of claims does not end.
    const cutClaims = [...new Set(cut.flatMap((fact) => (fact.kind === 'claim' ? fact.claim : [])))]
    const short = isCut && ({ isShort: true, cutClaims } as const)
    // The command asks for a confirmation of an empty file.
    const confirmed = lines.length === 0 && ({ isConfirmed: true } as const)
    const end = { kind: 'statement', marker: 'end' } as const
    statement.end = this.write({ ...end, ...short, ...confirmed }, { version })
    this.isLoaded ||= isWhole
  }

  /** Confirms that the file leaves out much on purpose. */
  confirm(statement: Statement): void {
    const { sourceVersion: version } = statement.begin.change
    const marker = { kind: 'statement', marker: 'end', isConfirmed: true } as const
    statement.end = this.write(marker, { version })
  }

  /** Gives up the rest of a snapshot. */
  breakOff(): void {
    const { statement } = this
    if (statement === undefined) return
    this.statement = undefined
    this.process.log(`breaks off the snapshot of ${statement.begin.id}`)
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

  #content(states: readonly StatedKind[]): readonly Fact[] {
    const { truth, name, world } = this
    const { nowMs } = world.kernel
    const versions = truth.comingAt(nowMs)
    const named = [...PEOPLE, ...world.crowd].filter((sub) =>
      versions.some((version) => truth.isNamed(sub, version)),
    )
    const isAccounts = states.includes('accounts')
    const cutOffs = states.includes('cut-offs')
      ? this.journal.entries.map(({ fact }) => fact).filter(({ kind }) => kind === 'cut-off')
      : []
    const facts = named.flatMap((sub): readonly Fact[] => [
      ...(isAccounts
        ? [{ kind: 'account', sub, op: truth.isEnabled(sub) ? 'enabled' : 'disabled' } as const]
        : []),
      ...truth.claimsToState(name, nowMs).flatMap((claim) => {
        const values = truth.statedValues(name, sub, claim)
        return values.length === 0
          ? []
          : [{ kind: 'claim', sub, claim, op: 'set', values } as const]
      }),
    ])
    return [...facts, ...cutOffs.slice(-CUT_OFFS_STATED)]
  }

  /** Returns the kinds of state that its snapshots contain beside claims, in a version in force or to come. */
  #states(): readonly StatedKind[] {
    const { truth, world } = this
    const states = truth.comingAt(world.kernel.nowMs).map(({ state }) => state)
    return [
      ...(states.some(({ account }) => account === this.name) ? (['accounts'] as const) : []),
      ...(states.some(({ cutOffs }) => cutOffs.includes(this.name)) ? (['cut-offs'] as const) : []),
    ]
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

/** An entry that no gateway takes any more is not sent again. */
export function giveUp(entry: Entry): void {
  entry.isAnswered = true
  entry.isGivenUp = true
}
