import { gather } from '@freshet/wire'
import { ask, FETCH_WAIT_MS, type Answered, type Positions } from '../protocol/fetch.ts'
import type { BrokerHandle } from '../client/internals.ts'

/** The most loops of one request. */
const COALESCED_MAX = 16

/** A fetch of a loop whose partitions are quiet: all is read, and its follower was done at once. */
export interface QuietFetch {
  readonly leader: BrokerHandle
  readonly topic: string
  readonly positions: Positions
  /** Ends the wait of this loop alone. */
  readonly signal: AbortSignal
}

/** The answer for the partitions of one loop. */
export interface SharedAnswer {
  readonly parts: Answered
  /** The partitions of the request. Others than those of the loop can have used up its bytes. */
  readonly requested: number
}

/** Fetches for a loop, together with other quiet loops. */
export type CoalescedFetch = (fetch: QuietFetch) => Promise<SharedAnswer>

/**
 * Returns a function by which quiet loops of one reader share a request to their leader. A loop for each partition
 * otherwise makes a request for each heartbeat in each partition. The request uses the connection of the first loop,
 * and is answered as soon as one of the partitions has a record, so no loop waits longer than alone.
 *
 * No loop depends on another: if a partition is refused, or if the connection of the first loop ends, each other loop
 * asks alone by its own connection. A leader that does not answer in time has answered none of them.
 */
export function createCoalescedFetch(): CoalescedFetch {
  const share = gather(
    async (fetches: readonly QuietFetch[]) => {
      const groups = groupsOf(fetches)
      const answers = new Map(groups.flatMap((group) => [...answersOf(group)]))
      return fetches.map((fetch) => answers.get(fetch) ?? alone(fetch))
    },
    { max: COALESCED_MAX },
  )
  return (fetch) => unlessAborted(share(fetch), fetch.signal)
}

/** Groups fetches of one topic and leader with different partitions. */
function groupsOf(fetches: readonly QuietFetch[]): readonly (readonly QuietFetch[])[] {
  const groups: QuietFetch[][] = []
  for (const fetch of fetches) {
    const group = groups.find((each) => each.every((other) => canShare(other, fetch)))
    if (group) group.push(fetch)
    else groups.push([fetch])
  }
  return groups
}

function canShare(one: QuietFetch, other: QuietFetch): boolean {
  const isSameLeader = one.leader.nodeId !== undefined && one.leader.nodeId === other.leader.nodeId
  if (!isSameLeader || one.topic !== other.topic) return false
  return ![...other.positions.keys()].some((partition) => one.positions.has(partition))
}

function answersOf(group: readonly QuietFetch[]): ReadonlyMap<QuietFetch, Promise<SharedAnswer>> {
  const [first] = group
  if (first === undefined || group.length === 1) return new Map()
  const positions = new Map(group.flatMap((each) => [...each.positions]))
  const shared = ask(first.leader, first.topic, positions, FETCH_WAIT_MS)
  const of = (fetch: QuietFetch): Promise<SharedAnswer> =>
    shared.then(
      (parts) => partOf(parts, fetch, positions.size),
      (error: unknown) => {
        if (fetch.signal.aborted || (!isRefusal(error) && (fetch === first || isLate(error))))
          throw error
        return alone(fetch)
      },
    )
  return new Map(group.map((fetch) => [fetch, of(fetch)]))
}

function partOf(answered: Answered, fetch: QuietFetch, requested: number): Promise<SharedAnswer> {
  const parts = answered.filter(({ partition }) => fetch.positions.has(partition))
  return parts.length < fetch.positions.size ? alone(fetch) : Promise.resolve({ parts, requested })
}

async function alone({ leader, topic, positions }: QuietFetch): Promise<SharedAnswer> {
  const parts = await ask(leader, topic, positions, FETCH_WAIT_MS)
  return { parts, requested: positions.size }
}

/** Returns whether the broker refused one partition, which hides its answers for the others. */
function isRefusal(error: unknown): boolean {
  return typeof (error as { readonly partition?: unknown }).partition === 'number'
}

function isLate(error: unknown): boolean {
  return (error as { readonly name?: unknown }).name === 'KafkaJSRequestTimeoutError'
}

/** A loop that ends waits for no answer to the others. */
function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new Error('The loop has ended.'))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    const over = (): void => signal.removeEventListener('abort', onAbort)
    answer.then(resolve, reject).finally(over).catch(over)
  })
}
