import { FreshetError, type Registry, type StatedState } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import { checkTenant, requireSource } from '../changes/check-change.ts'
import type { Feed } from '../stamps/stamp-store.ts'

/** The bounds of a page. */
export interface StatePageLimits {
  /** The most rows that it reads, of all sources. */
  readonly rows: number
  /** The most bytes of stored values. A page with one state can have more. */
  readonly bytes: number
}
/** The bounds of each page. */
export const STATE_PAGE: StatePageLimits = { rows: 5_000, bytes: 1_048_576 }
/** The longest wait for the reconciler before a page is refused. */
export const STATES_WAIT_MS = 5_000
const ASKED_EVERY_MS = 50

/** The place of a state in the order of all pages. */
export interface StatePlace {
  readonly partition: number
  /** The key of the subject. */
  readonly subject: string
  readonly claim: string
}

/** A page of the states that a source stated in a tenant. */
export interface StatePage {
  readonly states: readonly StatedState[]
  /** The place to continue behind. Absent: this is the last page. */
  readonly next?: StatePlace
}

/**
 * The records and states of a feed.
 *
 * @throws `database.*` from every method
 */
export interface SourceStateStore {
  /** Returns the last number that a gateway gave in each partition, whether it is on the topic or not. */
  numbered(feed: Feed): Promise<ReadonlyMap<number, bigint>>
  /** Returns the number up to which the reconciler has recorded each partition. */
  recorded(feed: Feed): Promise<ReadonlyMap<number, bigint>>
  /** Reads rows of the tenant behind a place, within the limits, and returns those of the source. */
  page(feed: Feed, after: StatePlace | undefined, limits: StatePageLimits): Promise<StatePage>
}

/** The parts of the question for the states of a source. */
export interface SourceStateParts {
  readonly registry: Registry
  readonly states: SourceStateStore
  readonly timer: Timer
}

/**
 * Returns a page of what a source stated in a tenant, so that it can find by comparing what differs. The first page
 * has everything that was accepted before the question: it waits until the reconciler has recorded that.
 *
 * @throws `event.forbidden`, `event.unrecorded` after {@link STATES_WAIT_MS}, `database.*`
 */
export async function sourceState(
  parts: SourceStateParts,
  feed: Feed,
  after: StatePlace | undefined,
): Promise<StatePage> {
  requireSource(parts, feed.source)
  checkTenant(parts, feed.tenant)
  if (after === undefined) await awaitRecorded(parts, feed)
  return parts.states.page(feed, after, STATE_PAGE)
}

async function awaitRecorded({ states, timer }: SourceStateParts, feed: Feed): Promise<void> {
  const numbered = await states.numbered(feed)
  const endMs = timer.monotonicMs() + STATES_WAIT_MS
  for (;;) {
    const recorded = await states.recorded(feed)
    const behind = [...numbered].filter(([at, number]) => (recorded.get(at) ?? 0n) < number)
    if (behind.length === 0) return
    if (timer.monotonicMs() >= endMs)
      throw unrecorded(
        feed,
        behind.map(([at]) => at),
      )
    await timer.sleep(ASKED_EVERY_MS)
  }
}

function unrecorded({ source }: Feed, partitions: readonly number[]): FreshetError {
  const message = `Events of ${source} in partitions ${partitions.join(', ')} are not recorded yet.`
  return new FreshetError('event.unrecorded', message)
}
