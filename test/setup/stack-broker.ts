import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { createKafka, planTopics, type Kafka, type TopicPlan } from '@freshet/kafka'
import pg from 'pg'
import { inject } from 'vitest'
import { TOPICS_FILE } from '../../packages/cli/src/stack/paths.ts'

const FREE_WITHIN_MS = 60_000
const EMPTY_WITHIN_MS = 15_000
const POLL_MS = 20
/** Names the locks of this file among those of the database server. */
const LOCKS = 7_283

/** A broker for one stack, without any topic of ours. */
export interface StackBroker {
  readonly brokers: readonly string[]
  /** Lets another stack have it. */
  free(): Promise<void>
}

/**
 * Takes a broker that no stack uses: what ran there before left nothing. The lock is one of the test
 * database's server, so it ends with the process that holds it. The number that vitest gives a worker
 * is no lock: two may have the same.
 */
export async function takeBroker(): Promise<StackBroker> {
  const all = inject('stackBrokers')
  if (all === null) throw new Error('Stacks have no broker.')
  const lock = new pg.Client({ connectionString: inject('postgresUrl') })
  await lock.connect()
  try {
    const brokers = await firstFree(lock, all)
    await empty(brokers)
    return { brokers, free: () => lock.end() }
  } catch (error) {
    await lock.end()
    throw error
  }
}

async function firstFree(
  lock: pg.Client,
  all: readonly (readonly string[])[],
): Promise<readonly string[]> {
  const deadline = performance.now() + FREE_WITHIN_MS
  while (performance.now() < deadline) {
    for (const [at, brokers] of all.entries()) if (await isTaken(lock, at)) return brokers
    await sleep(POLL_MS)
  }
  throw new Error(`Each of ${all.length} brokers has a stack.`)
}

async function isTaken(lock: pg.Client, at: number): Promise<boolean> {
  const text = 'SELECT pg_try_advisory_lock($1, $2) AS taken'
  const { rows } = await lock.query<{ taken: boolean }>(text, [LOCKS, at])
  return rows[0]?.taken === true
}

async function empty(brokers: readonly string[]): Promise<void> {
  const plan = planTopics(await readFile(TOPICS_FILE, 'utf8'), { development: true })
  const kafka = createKafka({ brokers: [...brokers], clientId: 'freshet-test' })
  try {
    let topics = await presentIn(kafka, plan)
    if (topics.length > 0) await kafka.topics.remove(topics)
    // The answer is the controller's; the broker hears of it a moment later.
    const deadline = performance.now() + EMPTY_WITHIN_MS
    while (topics.length > 0) {
      if (performance.now() > deadline) throw new Error(`Topics stay: ${topics.join(', ')}`)
      await sleep(POLL_MS)
      topics = await presentIn(kafka, plan)
    }
  } finally {
    await kafka.close()
  }
}

async function presentIn(kafka: Kafka, plan: readonly TopicPlan[]): Promise<readonly string[]> {
  const differences = await kafka.topics.verify(plan)
  const missing = differences.filter(({ setting }) => setting === 'topic').map((it) => it.topic)
  return plan.map(({ name }) => name).filter((name) => !missing.includes(name))
}
