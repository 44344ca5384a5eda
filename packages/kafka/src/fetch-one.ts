import { gather } from '@freshet/events'
import { fetchFrom, type Fetched } from './fetch.ts'
import type { BrokerHandle } from './internals.ts'

/** Partitions of one request. */
const TOGETHER_MAX = 16
const NO_WAIT_MS = 0

/** Where to read one partition. */
export interface Asked {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
}

type Answer = Fetched | undefined

/**
 * What a leader has of one partition from an offset on, without waiting for more. Questions of one
 * turn of the event loop travel in one request: publishers read back together what they sent
 * together. Each is answered or refused for itself.
 */
export function fetchOne(leader: BrokerHandle): (asked: Asked) => Promise<Answer> {
  const known = fetchers.get(leader)
  if (known !== undefined) return known
  const made = gather((asked: readonly Asked[]) => fetchTogether(leader, asked), {
    max: TOGETHER_MAX,
  })
  fetchers.set(leader, made)
  return made
}

const fetchers = new WeakMap<BrokerHandle, (asked: Asked) => Promise<Answer>>()

async function fetchTogether(
  leader: BrokerHandle,
  asked: readonly Asked[],
): Promise<readonly Promise<Answer>[]> {
  const alone = (one: Asked): Promise<Answer> => fetchAlone(leader, one)
  const positions = new Map(asked.map(({ partition, from }) => [partition, from]))
  const [first] = asked
  const isOneRequest = asked.every(({ topic, partition, from }) => {
    return topic === first?.topic && positions.get(partition) === from
  })
  if (first === undefined || asked.length === 1 || !isOneRequest) return asked.map(alone)
  const answers = await fetchFrom(leader, first.topic, positions, NO_WAIT_MS).catch(unlessRefused)
  return asked.map((one) => {
    const answer = answers.find(({ partition }) => partition === one.partition)
    return answer === undefined || isStarved(answer) ? alone(one) : Promise.resolve(answer)
  })
}

async function fetchAlone(
  leader: BrokerHandle,
  { topic, partition, from }: Asked,
): Promise<Answer> {
  const [answer] = await fetchFrom(leader, topic, new Map([[partition, from]]), NO_WAIT_MS)
  return answer
}

/** The bytes of the answer went to the other partitions; alone it would look like an emptied batch. */
function isStarved({ records, next, end }: Fetched): boolean {
  return records.length === 0 && next < end
}

/** The refusal of one partition, or of its next batch, hides the answers for the others: each is asked for alone. */
function unlessRefused(error: unknown): readonly Fetched[] {
  if (typeof (error as { partition?: unknown } | null)?.partition === 'number') return []
  throw error
}
