import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { CHANGES_TOPIC, REVOCATIONS_TOPIC } from '@freshet/wire'
import { Kafka, logLevel } from 'kafkajs'
import { until } from '../../packages/cli/src/demo/until.ts'

const EVERY_MS = 50
const ANSWER_WITHIN_MS = 1_000

/** Asks a cluster all the time for the leaders of the partitions, with a client of its own. */
export interface LeaderWatch {
  /** Resolves when every partition has a living leader, by an answer that was asked for after the call. */
  untilLed(withinMs: number): Promise<void>
  /** Ends it. Resolves with the last time at which a partition had no living leader. 0: there was none. */
  stop(): Promise<number>
}

/** Begins. `ended` names the nodes that are dead: Kafka calls them leaders until their session ends. */
export function watchLeaders(brokers: readonly string[], ended: ReadonlySet<number>): LeaderWatch {
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId: 'freshet-failover-leaders',
    logLevel: logLevel.NOTHING,
    connectionTimeout: ANSWER_WITHIN_MS,
    requestTimeout: ANSWER_WITHIN_MS,
    retry: { retries: 0 },
  })
  const admin = kafka.admin()
  const stop = new AbortController()
  let lastMs = 0
  let ledMs = 0
  const isLed = ({ leader }: { readonly leader: number }): boolean =>
    leader >= 0 && !ended.has(leader)
  const poll = async (): Promise<void> => {
    const startedMs = performance.now()
    // It does nothing while there is a connection, and finds a living node when there is none.
    await admin.connect()
    const { topics } = await admin.fetchTopicMetadata({
      topics: [CHANGES_TOPIC, REVOCATIONS_TOPIC],
    })
    if (topics.every(({ partitions }) => partitions.every(isLed))) ledMs = startedMs
    else lastMs = performance.now()
  }
  const watch = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      // The node that was asked can be the one that is dead. The next question goes to another one.
      await poll().catch(() => {})
      await wait(EVERY_MS)
    }
    await admin.disconnect().catch(() => {})
  }
  const watching = watch()
  return {
    async untilLed(withinMs) {
      const calledMs = performance.now()
      await until('a living leader of each partition', withinMs, () =>
        Promise.resolve(ledMs > calledMs ? true : undefined),
      )
    },
    async stop() {
      stop.abort()
      await watching
      return lastMs
    },
  }
}
