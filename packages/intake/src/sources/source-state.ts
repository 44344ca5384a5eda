import {
  ACCOUNT_CLAIM,
  FreshetError,
  newestVersion,
  valuesInForce,
  type ClaimValue,
  type HeldClaim,
  type Registry,
  type SourceVersion,
  type Subject,
} from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import { checkTenant, requireSource } from '../changes/check-change.ts'
import type { Feed } from '../stamps/stamp-store.ts'

/** The most rows that one page reads. */
export const STATES_READ_MAX = 5_000
/** The most bytes of stored values that one page has. A page with one state can have more. */
export const STATES_BYTES_MAX = 1_048_576
/** The longest wait for the reconciler before a page is refused. */
export const STATES_WAIT_MS = 5_000
const ASKED_EVERY_MS = 50

/** The state of one claim or account of a subject, as its source stated it. */
export interface StatedState {
  readonly subject: Subject
  /** Absent: the state of the account, as its one value. An account that a snapshot omitted has no value. */
  readonly claim?: string
  readonly values: readonly ClaimValue[]
  readonly version: SourceVersion
}

/** The state of a stored claim, or of an account in the form of a claim. */
export function statedState({ subject, claim, state }: HeldClaim): StatedState {
  const version = newestVersion(state)
  if (claim !== ACCOUNT_CLAIM) return { subject, claim, values: valuesInForce(state), version }
  const values = [...state.elements.values()].map(({ value }) => value)
  return { subject, values: values.filter((value) => value !== 'unstated'), version }
}

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
  /** Reads at most {@link STATES_READ_MAX} rows behind a place, and returns those of the source. */
  page(feed: Feed, after: StatePlace | undefined): Promise<StatePage>
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
  return parts.states.page(feed, after)
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
