import type { LogReader, LogRecord } from '@freshet/wire'
import { platformaticWriter, type PlatformaticWriter } from './append.ts'
import { toBrokerError } from './broker-error.ts'
import { cluster, leaderIn, type Cluster, type PlatformaticOptions } from './cluster.ts'
import { boundsOf, fetchOnce } from './fetch.ts'
import { follow } from './follow.ts'

const NO_WAIT_MS = 0

/** Reader and writer of the ports of `@freshet/wire` on `@platformatic/kafka`. */
export interface PlatformaticLog {
  readonly writer: PlatformaticWriter
  readonly reader: LogReader
  readonly close: () => Promise<void>
}

/**
 * Creates them. They exist for a comparison with `@freshet/kafka`, and no package has them: TLS files are not read
 * again, metadata is not cached for readers, and errors name fewer causes.
 */
export function platformaticLog(options: PlatformaticOptions): PlatformaticLog {
  const writer = platformaticWriter(options)
  const reader: LogReader = {
    bounds: (topic, partitions) =>
      using(options, `Read the bounds of ${topic}`, async (on) =>
        boundsOf(on, await on.leaders(topic), topic, partitions),
      ),
    read: (topic, partition, from, limit) =>
      using(options, `Read ${topic}`, (on) => readUpTo(on, { topic, partition, from, limit })),
    follow: (topic, from, follower, signal) =>
      follow({ options, topic, positions: new Map(from), follower, signal }),
  }
  return { writer, reader, close: () => writer.close() }
}

async function using<T>(
  options: PlatformaticOptions,
  attempt: string,
  work: (on: Cluster) => Promise<T>,
): Promise<T> {
  const on = cluster(options)
  try {
    return await work(on)
  } catch (error) {
    throw toBrokerError(error, attempt)
  } finally {
    await on.close()
  }
}

interface Asked {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  readonly limit: number
}

async function readUpTo(on: Cluster, asked: Asked): Promise<readonly LogRecord[]> {
  const { topic, partition, from, limit } = asked
  const leader = leaderIn(await on.leaders(topic), topic, partition)
  const found: LogRecord[] = []
  let position = from
  while (found.length < limit) {
    const positions = new Map([[partition, position]])
    const [answer] = await fetchOnce({ cluster: on, leader }, topic, positions, NO_WAIT_MS)
    if (answer === undefined || (answer.records.length === 0 && answer.next >= answer.end)) break
    found.push(...answer.records)
    position = answer.next > position ? answer.next : position + 1n
  }
  return found.slice(0, limit)
}
