import type { EdgeOptions } from '@freshet/edge'
import { FreshetError, PARTITIONS, type CheckpointRef, type Heartbeat } from '@freshet/protocol'
import {
  encodeClaimMap,
  encodeRevocation,
  type OutgoingRecord,
  REVOCATIONS_TOPIC,
  type LogFollower,
  type LogReader,
} from '@freshet/wire'
import { BatchPublisher } from './batch-publisher.ts'
import { heartbeatOf } from './edge-heartbeat.ts'
import { fakeLog, type FakeLog } from './fake-log.ts'
import { createKeyPair, type KeyPair } from './key-pair.ts'
import { ManualClock } from './manual-clock.ts'
import { testRevocation, type TestRevocation } from './test-revocation.ts'
import { testSettings, type TestFeedOptions, type TestSettings } from './test-settings.ts'
import { mintTestToken, type TestToken } from './test-token.ts'

/** The readers of a log: a test can wait until each of them has taken every record. */
class Followers {
  readonly #log: FakeLog
  /** The next offset of each partition, by follower. */
  readonly #open = new Set<Map<number, bigint>>()
  readonly #waiting = new Set<() => void>()

  constructor(log: FakeLog) {
    this.#log = log
  }

  /** Returns a reader of the log. `onFollow` is called each time that it begins to follow. */
  reader(onFollow: () => void): LogReader {
    const log = this.#log
    return {
      bounds: (topic, partitions) => log.bounds(topic, partitions),
      read: (topic, partition, from, limit) => log.read(topic, partition, from, limit),
      follow: async (topic, from, follower, signal) => {
        const taken = new Map(from)
        this.#open.add(taken)
        const following = log.follow(topic, from, this.#noting(follower, taken), signal)
        onFollow()
        await following.finally(() => {
          this.#open.delete(taken)
          this.#wake()
        })
      },
    }
  }

  /** Resolves when every follower has taken all records of its partitions. */
  async settled(): Promise<void> {
    while (!this.#haveTakenAll()) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  #noting(follower: LogFollower, taken: Map<number, bigint>): LogFollower {
    return {
      onRecords: async (partition, records, end) => {
        await follower.onRecords(partition, records, end)
        taken.set(partition, end)
        this.#wake()
      },
      onOffsetLost: (partition, bounds) => follower.onOffsetLost(partition, bounds),
    }
  }

  #haveTakenAll(): boolean {
    return [...this.#open].every((taken) =>
      [...taken].every(([partition, next]) => next >= this.#end(partition)),
    )
  }

  #end(partition: number): bigint {
    return BigInt(this.#log.records(REVOCATIONS_TOPIC, partition).length)
  }

  #wake(): void {
    for (const each of this.#waiting) each()
    this.#waiting.clear()
  }
}

/**
 * An authority, its sources and the revocation topic in memory. Time moves only by `advance`, so a test waits for
 * nothing. Every promise resolves when all edges of the feed have applied the effect.
 */
export interface TestFeed {
  /** The clock of the feed and of its edges. */
  readonly clock: ManualClock
  /** Returns the options of an edge that reads this feed. Several edges can read it. */
  edgeOptions(): TestEdgeOptions
  /** Returns a signed token that was minted now: it includes every revocation until now. */
  token(plan?: TestToken): string
  /**
   * Revokes a claim of a subject, the account of a subject, or a token. Resolves to the id of the change, which
   * verdicts name.
   *
   * @throws `config.invalid` for a claim that the feed does not have; `token.invalid`
   */
  revoke(what: TestRevocation): Promise<string>
  /**
   * Stops the heartbeats of these sources, or of all. Their claims become unverified after the lease: 5 s
   * by default.
   *
   * @throws `config.invalid` for a source that the feed does not have
   */
  silence(...sources: readonly string[]): void
  /**
   * Starts the heartbeats of these sources again, or of all.
   *
   * @throws `config.invalid` for a source that the feed does not have
   */
  resume(...sources: readonly string[]): Promise<void>
  /** Moves time on, with a heartbeat of every source each second. */
  advance(ms: number): Promise<void>
}

/**
 * Creates a feed whose sources all send heartbeats.
 *
 * @throws `config.invalid`
 *
 * @example
 * const feed = await createTestFeed()
 * const edge = await createEdge(feed.edgeOptions())
 * await edge.ready()
 * const token = feed.token({ claims: { groups: ['payments-approvers'] } })
 * await feed.revoke({ subject: 'alice', claim: 'groups' })
 */
export async function createTestFeed(options: TestFeedOptions = {}): Promise<TestFeed> {
  const settings = testSettings(options)
  const [tokens, checkpoints] = await Promise.all([
    createKeyPair('ES256', 'token-1'),
    createKeyPair('EdDSA', 'checkpoint-1'),
  ])
  const clock = new ManualClock(options.startMs ?? Date.now())
  const feed = new MemoryFeed(settings, { tokens, checkpoints }, clock)
  await feed.begin()
  return feed
}

const STEP_MS = 1_000
/** After so many heartbeats, the next ones name a later base, so that edges remember few checkpoints. */
const HEARTBEATS_PER_BASE = 256

class MemoryFeed implements TestFeed {
  readonly clock: ManualClock
  readonly #settings: TestSettings
  readonly #keys: { readonly tokens: KeyPair; readonly checkpoints: KeyPair }
  readonly #publisher: BatchPublisher
  readonly #followers: Followers
  readonly #silent = new Set<string>()
  /** The next offset of the change topic. */
  #next = 1n
  #lastHeartbeatMs = 0
  #heartbeats = 0
  #tokens = 0
  /** Batches of one partition must not overlap. */
  #work: Promise<unknown> = Promise.resolve()

  constructor(
    settings: TestSettings,
    keys: { readonly tokens: KeyPair; readonly checkpoints: KeyPair },
    clock: ManualClock,
  ) {
    this.clock = clock
    this.#settings = settings
    this.#keys = keys
    const log = fakeLog(PARTITIONS.length, () => clock.nowMs())
    this.#publisher = new BatchPublisher(log)
    this.#followers = new Followers(log)
  }

  /** Publishes the root of each partition, the claim map and the first heartbeat. */
  async begin(): Promise<void> {
    for (const partition of PARTITIONS) await this.#append(partition, [])
    await this.#append(0, [encodeClaimMap(this.#settings.map).record])
    await this.#sendHeartbeat()
  }

  edgeOptions(): TestEdgeOptions {
    const { issuer, audience } = this.#settings
    const { tokens, checkpoints } = this.#keys
    // An edge needs a heartbeat that comes after its start.
    const onFollow = (): void => void this.#inTurn(() => this.#sendHeartbeat())
    return {
      issuer,
      audience,
      keys: { tokens: [tokens.verify], checkpoints: [checkpoints.verify] },
      revocations: { reader: this.#followers.reader(onFollow) },
      timer: this.clock,
    }
  }

  token(plan: TestToken = {}): string {
    this.#tokens += 1
    return mintTestToken(plan, this.#settings, {
      jti: `token-${this.#tokens}`,
      nowMs: this.clock.nowMs(),
      next: this.#next,
      key: this.#keys.tokens.signing,
    })
  }

  async revoke(what: TestRevocation): Promise<string> {
    const offset = this.#next
    const change = { id: `change-${offset}`, offset, nowMs: this.clock.nowMs() }
    const revocation = testRevocation(what, this.#settings, change)
    this.#next += 1n
    const { issuer } = this.#settings
    await this.#inTurn(async () => {
      await this.#append(revocation.partition, [encodeRevocation(revocation, { issuer })])
      await this.#sendHeartbeat()
    })
    return change.id
  }

  silence(...sources: readonly string[]): void {
    for (const source of this.#known(sources)) this.#silent.add(source)
  }

  async resume(...sources: readonly string[]): Promise<void> {
    for (const source of this.#known(sources)) this.#silent.delete(source)
    await this.#inTurn(() => this.#sendHeartbeat())
  }

  async advance(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      await this.clock.advance(Math.min(STEP_MS, ms - passed))
      await this.#inTurn(() => this.#sendHeartbeat())
      await this.clock.advance(0)
    }
  }

  #known(sources: readonly string[]): readonly string[] {
    const all = this.#settings.sources
    if (sources.every((source) => all.includes(source))) return sources.length === 0 ? all : sources
    throw new FreshetError('config.invalid', `source: This feed has only ${all.join(', ')}.`)
  }

  async #sendHeartbeat(): Promise<void> {
    const { map, tenant, sources } = this.#settings
    // Only a later time renews a lease.
    this.#lastHeartbeatMs = Math.max(this.clock.nowMs(), this.#lastHeartbeatMs + 1)
    this.#heartbeats += 1
    if (this.#heartbeats % HEARTBEATS_PER_BASE === 0) this.#publisher.moveBase()
    const atMs = (source: string): number | null =>
      this.#silent.has(source) ? null : this.#lastHeartbeatMs
    const through = Object.fromEntries(sources.map((source) => [source, atMs(source)]))
    const plan = { tenants: [tenant], next: this.#next, through }
    for (const partition of PARTITIONS)
      await this.#append(partition, [], (base) =>
        heartbeatOf({ clock: this.clock, map }, plan, base),
      )
    await this.#followers.settled()
  }

  #append(
    partition: number,
    records: readonly OutgoingRecord[],
    heartbeat?: (base: CheckpointRef) => Heartbeat,
  ): Promise<void> {
    const key = this.#keys.checkpoints.signing
    const batch = { partition, records, e: 1n, key }
    return this.#publisher.append(heartbeat === undefined ? batch : { ...batch, heartbeat })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work)
    this.#work = done.catch(() => undefined)
    return done
  }
}

/** The options of `createEdge` by which an edge reads a test feed. Add those of your service. */
export type TestEdgeOptions = Required<
  Pick<EdgeOptions, 'issuer' | 'audience' | 'keys' | 'revocations' | 'timer'>
>
