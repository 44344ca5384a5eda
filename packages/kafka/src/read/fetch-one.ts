import { gather } from '@freshet/wire'
import { fetchFrom, type Fetched } from '../protocol/fetch.ts'
import type { BrokerHandle } from '../client/internals.ts'

/** The most partitions of one request. */
const COALESCED_MAX = 16
const NO_WAIT_MS = 0

/** The position from which to read one partition. */
export interface FetchStart {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
}

type Answer = Fetched | undefined

/**
 * Returns a function that reads the records of one partition from an offset on, without waiting for new ones.
 * Calls in one turn of the event loop share a request: publishers read back together the batches that they
 * sent together. Each call gets its own answer or refusal.
 */
export function fetchOne(leader: BrokerHandle): (start: FetchStart) => Promise<Answer> {
  const known = fetchers.get(leader)
  if (known !== undefined) return known
  const made = gather((starts: readonly FetchStart[]) => fetchCoalesced(leader, starts), {
    max: COALESCED_MAX,
  })
  fetchers.set(leader, made)
  return made
}

const fetchers = new WeakMap<BrokerHandle, (start: FetchStart) => Promise<Answer>>()

async function fetchCoalesced(
  leader: BrokerHandle,
  starts: readonly FetchStart[],
): Promise<readonly Promise<Answer>[]> {
  const alone = (one: FetchStart): Promise<Answer> => fetchAlone(leader, one)
  const positions = new Map(starts.map(({ partition, from }) => [partition, from]))
  const [first] = starts
  const isOneRequest = starts.every(({ topic, partition, from }) => {
    return topic === first?.topic && positions.get(partition) === from
  })
  if (first === undefined || starts.length === 1 || !isOneRequest) return starts.map(alone)
  const answers = await fetchFrom(leader, first.topic, positions, NO_WAIT_MS).catch(unlessRefused)
  return starts.map((one) => {
    const answer = answers.find(({ partition }) => partition === one.partition)
    return answer === undefined || isStarved(answer) ? alone(one) : Promise.resolve(answer)
  })
}

async function fetchAlone(
  leader: BrokerHandle,
  { topic, partition, from }: FetchStart,
): Promise<Answer> {
  const [answer] = await fetchFrom(leader, topic, new Map([[partition, from]]), NO_WAIT_MS)
  return answer
}

/**
 * Returns whether the other partitions used up the bytes of the answer. Alone, the partition would look like
 * an emptied batch.
 */
function isStarved({ records, next, end }: Fetched): boolean {
  return records.length === 0 && next < end
}

/**
 * Returns no answers if one partition, or its next batch, was refused. The refusal hides the answers for the
 * others, so each partition is then asked for alone.
 */
function unlessRefused(error: unknown): readonly Fetched[] {
  if (typeof (error as { partition?: unknown } | null)?.partition === 'number') return []
  throw error
}
