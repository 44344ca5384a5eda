import {
  afterAcknowledgement,
  comparePositions,
  dispositionOf,
  HEARTBEAT_INTERVAL_MS,
  OWNERSHIP_MS,
  planPublication,
  PUBLISH_LIMITS,
  type CheckpointRef,
  type PlannedBatch,
  type PublisherSnapshot,
  type StatedThrough,
} from '@freshet/protocol'
import { tenantListName, type SigningKey, type Timer } from '@freshet/wire'
import { HEARTBEATS, sinceLast, untilNext } from '../recurrence.ts'
import {
  sendNewRoot,
  type RootSender,
  rowBytes,
  publishRows,
  type SentBatch,
} from './publish-rows.ts'

import type { PublisherParts } from './publisher-parts.ts'
import type { LiveRows, PublishableRow, StoreHead } from './publisher-store.ts'
import { isIntact, readPathBack } from './read-back.ts'

/** Pause before a publisher tries again to take a partition that another owns. */
const STANDBY_MS = 500
/**
 * The time is well below the one after which another publisher takes over. It is longer than the time between
 * heartbeats, because each heartbeat renews, too.
 */
const RENEW_AFTER_MS = OWNERSHIP_MS * 0.4
/**
 * A leader that is elected is used within the longest pause. It is short beside a lease: edges refuse until the next
 * heartbeat.
 */
const BACK_OFF_MS = { first: 50, max: 500 } as const

/** Publishes one partition while it owns it, until the signal aborts. */
export async function runPublisher(
  parts: PublisherParts,
  partition: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const generation = await attempt(parts, partition, () =>
      parts.store.take(partition, parts.owner),
    )
    if (generation === undefined) {
      await parts.timer.sleep(STANDBY_MS, signal)
      continue
    }
    await new Ownership(parts, partition, generation).run(signal)
  }
}

async function attempt<T>(
  parts: PublisherParts,
  partition: number,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (dispositionOf(error) === 'crash') throw error
    parts.onTrouble(partition, error)
    return undefined
  }
}

/** A head to store, without partition and generation. */
type NewHead = Omit<StoreHead, 'partition' | 'generation'>

/** The time in which one publisher owns the partition, under one generation. */
class Ownership {
  readonly #parts: PublisherParts
  readonly #partition: number
  readonly #generation: bigint
  #isHeadIntact: boolean | undefined
  /** This build published the claim map; another build can have written it in another way. */
  #isMapPublished = false
  /** The state that the next heartbeat depends on; null: it states everything. */
  #stated: StatedThrough | null = null
  #lastHeartbeatMs: number
  #renewedAtMs: number
  #backOffMs: number = BACK_OFF_MS.first

  constructor(parts: PublisherParts, partition: number, generation: bigint) {
    this.#parts = parts
    this.#partition = partition
    this.#generation = generation
    this.#lastHeartbeatMs = Number.NEGATIVE_INFINITY
    this.#renewedAtMs = parts.timer.monotonicMs()
  }

  /** Runs until the signal aborts, or another publisher owns the partition. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, wakeUp, ticker, timer } = this.#parts
    let [owns, isQuiet] = [true, false]
    while (owns && !signal.aborted) {
      const waitMs = await attempt(this.#parts, this.#partition, () =>
        ticker.turn(() => this.#turn(isQuiet, signal), signal),
      )
      if (waitMs === undefined) {
        this.#isHeadIntact = undefined
        isQuiet = false
        await this.#backOff(signal)
      } else if (waitMs === 'lost') owns = false
      else {
        this.#backOffMs = BACK_OFF_MS.first
        const idleMs = untilNext(HEARTBEATS, timer.monotonicMs())
        const isWoken = await wakeUp.wait(this.#partition, Math.min(waitMs, idleMs), signal)
        isQuiet = waitMs > 0 && !isWoken
      }
    }
    await attempt(this.#parts, this.#partition, () =>
      store.release(this.#partition, this.#generation),
    )
  }

  /** Takes one snapshot and publishes what it requires. Returns the time until the next turn. */
  async #turn(isQuiet: boolean, signal: AbortSignal): Promise<number | 'lost'> {
    const { store, timer, keys, wakeUp, baseAgeMs, tokenLifeMaxMs } = this.#parts
    await this.#renew()
    const isAwaited = wakeUp.consumeSignal(this.#partition)
    const sinceLastMs = timer.monotonicMs() - this.#lastHeartbeatMs
    const sinceHeartbeatMs = isAwaited ? Math.max(sinceLastMs, HEARTBEAT_INTERVAL_MS) : sinceLastMs
    // Thousands of feeds are read only for a heartbeat that is due; a few are always read.
    const through = this.#stated === null || sinceHeartbeatMs >= HEARTBEAT_INTERVAL_MS
    const read = await store.snapshot(this.#partition, { through, isQuiet })
    const snapshot = this.#isMapPublished ? read : withMapDue(read)
    this.#isHeadIntact ??= await this.#headStands(snapshot.head)
    const status = {
      generation: this.#generation,
      isHeadIntact: this.#isHeadIntact,
      publishedKeys: new Set(keys.published().map(({ kid }) => kid)),
      sinceHeartbeatMs,
      baseAgeMs,
      ...(tokenLifeMaxMs === undefined ? {} : { tokenLifeMaxMs }),
      grouping: { nameOf: tenantListName, stated: this.#stated, nowMonoMs: timer.monotonicMs() },
    }
    const plan = planPublication(snapshot, status, PUBLISH_LIMITS, rowBytes)
    if (plan.kind === 'stand-down') return 'lost'
    if (plan.kind === 'wait') return plan.forMs
    // An edge knows only what is stored up to the head. A batch whose publication fails from here on can be
    // lost.
    this.#stated = null
    if (plan.kind === 'start-anew') return this.#startAnew(signal)
    return this.#continue(snapshot, plan)
  }

  /**
   * Renews at most once in a while. Each snapshot, and each store, shows whether the partition is still ours.
   */
  async #renew(): Promise<void> {
    const { store, timer } = this.#parts
    const nowMs = timer.monotonicMs()
    if (nowMs - this.#renewedAtMs < RENEW_AFTER_MS) return
    this.#renewedAtMs = nowMs
    await store.renew(this.#partition, this.#generation)
  }

  async #continue(
    snapshot: PublisherSnapshot<PublishableRow>,
    plan: {
      readonly head: CheckpointRef
      readonly base: CheckpointRef
      readonly batches: readonly PlannedBatch<PublishableRow>[]
      readonly stated: StatedThrough | null
    },
  ): Promise<number | 'lost'> {
    const { head: linked, base } = plan
    const key = this.#parts.keys.signing()
    const sent = await this.#send(snapshot, linked, plan.batches, key)
    if (!(await this.#pathStands(snapshot, linked, sent.batches))) return 0
    const { head, published } = sent
    const { kid } = key
    if (!(await this.#store({ linked: linked.hash, head, kid, base, published, isAnew: false })))
      return 'lost'
    this.#stated = plan.stated
    return snapshot.isDrained ? Number.POSITIVE_INFINITY : 0
  }

  async #store(stored: NewHead): Promise<boolean> {
    const { store, timer, onPublished } = this.#parts
    const startedMs = timer.monotonicMs()
    const owner = { partition: this.#partition, generation: this.#generation }
    if (!(await store.store({ ...owner, ...stored }))) return false
    this.#isMapPublished ||= stored.published.some(({ row }) => isOwnMap(row))
    this.#renewedAtMs = startedMs
    onPublished(this.#partition, stored.published)
    return true
  }

  /** Rules 30 and 49: an empty root alone, then every live row behind it, and only then a new head. */
  async #startAnew(signal: AbortSignal): Promise<number | 'lost'> {
    const { store, timer, roots } = this.#parts
    const renew = (): Promise<boolean | undefined> =>
      attempt(this.#parts, this.#partition, () => store.renew(this.#partition, this.#generation))
    const renewing = { timer, everyMs: RENEW_AFTER_MS, renew }
    const sent = await whileRenewed(renewing, signal, (owned) =>
      roots.run(this.#partition, () =>
        store.readLive(this.#partition, (live) => this.#sendAnew(live, owned)),
      ),
    )
    if (sent === undefined) return 0
    if (!(await this.#store(sent))) return 'lost'
    this.#isHeadIntact = true
    return 0
  }

  async #sendAnew(live: LiveRows, owned: AbortSignal): Promise<NewHead | undefined> {
    const { writer, keys, nonce } = this.#parts
    const { generation, head: linked } = live.status
    if (owned.aborted || generation !== this.#generation) return undefined
    const key = keys.signing()
    const stands: RootSender['stands'] = (...sent) => this.#pathStands(...sent)
    const sent = await sendNewRoot({ writer, key, nonce, stands }, live, owned)
    if (sent === undefined) return undefined
    const { root: base, head, published } = sent
    return { linked: linked?.hash ?? null, head, kid: key.kid, base, published, isAnew: true }
  }

  async #send(
    snapshot: PublisherSnapshot<PublishableRow>,
    link: CheckpointRef,
    batches: readonly PlannedBatch<PublishableRow>[],
    key: SigningKey,
  ): ReturnType<typeof publishRows> {
    const { writer, timer } = this.#parts
    const startedMs = timer.monotonicMs()
    const sent = await publishRows(
      { writer, key, afterBatch: () => this.#renew() },
      snapshot,
      link,
      batches,
    )
    if (batches.at(-1)?.heartbeat)
      this.#lastHeartbeatMs = startedMs - sinceLast(HEARTBEATS, startedMs)
    return sent
  }

  /**
   * Returns whether the sent batches can be stored (rule 44). The check of the incarnation reads from the
   * stored head on. So the publisher first has a later incarnation or position beside its own checked, and
   * then stores a head behind it (rule 28).
   */
  async #pathStands(
    snapshot: Pick<PublisherSnapshot<PublishableRow>, 'e' | 'next'>,
    linked: CheckpointRef,
    batches: readonly SentBatch[],
  ): Promise<boolean> {
    const found = await readPathBack(this.#parts, this.#partition, linked, batches)
    const { e, next } = snapshot
    const isBehind = comparePositions(found.latest, { e, offset: next.offset }) > 0
    if (isBehind && (await this.#parts.incarnation.verify(this.#partition)).e !== e) return false
    if (afterAcknowledgement(found.isIntact) === 'store') return true
    this.#isHeadIntact = false
    return false
  }

  async #headStands(head: CheckpointRef | null): Promise<boolean> {
    return head === null || isIntact(this.#parts, this.#partition, head)
  }

  async #backOff(signal: AbortSignal): Promise<void> {
    await this.#parts.timer.sleep(this.#backOffMs, signal)
    this.#backOffMs = Math.min(this.#backOffMs * 2, BACK_OFF_MS.max)
  }
}

/**
 * Adds the claim map as a row to publish once more. Heartbeats of this process name the hash of the map in
 * the form that this build writes. An edge must have exactly that map (rule 21).
 */
function withMapDue(
  snapshot: PublisherSnapshot<PublishableRow>,
): PublisherSnapshot<PublishableRow> {
  const permanents = snapshot.permanents.map((each) => {
    const { row, publishedIn } = each
    if (row.permanent?.kind !== 'map' || publishedIn === null) return each
    return { row, publishedIn: { ...publishedIn, storedAtMs: Number.NEGATIVE_INFINITY } }
  })
  return { ...snapshot, permanents }
}

/** A row of the outbox was written when its version was activated, possibly by another build. */
function isOwnMap({ id, permanent }: PublishableRow): boolean {
  return id === null && permanent?.kind === 'map'
}

/** The renewal of an ownership during long work. */
interface Renewing {
  readonly timer: Timer
  readonly everyMs: number
  /** `false`: another publisher owns it now. `undefined`: the renewal failed, and will be retried. */
  readonly renew: () => Promise<boolean | undefined>
}

/**
 * Renews an ownership during the work. The signal of the work aborts with the given one, and if another
 * publisher takes the ownership.
 */
async function whileRenewed<T>(
  renewing: Renewing,
  signal: AbortSignal,
  work: (owned: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController()
  const end = (): void => over.abort()
  const owned = AbortSignal.any([signal, over.signal])
  try {
    const both = [work(owned).finally(end), keepRenewed(renewing, owned).finally(end)] as const
    const [result] = await Promise.all(both)
    return result
  } finally {
    end()
  }
}

async function keepRenewed(
  { timer, everyMs, renew }: Renewing,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await timer.sleep(everyMs, signal)
    if (signal.aborted || (await renew()) === false) return
  }
}
