import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { createKafka, planTopics, type Kafka, type TopicPlan } from '@freshet/kafka'
import { inject } from 'vitest'
import { TOPICS_FILE } from '../../packages/cli/src/stack/paths.ts'

const EMPTY_WITHIN_MS = 15_000
const POLL_MS = 20

/** The broker of this worker without any topic of ours: what ran there before left nothing. */
export async function emptyBroker(): Promise<readonly string[]> {
  const brokers = inject('workerBrokers')?.[Number(process.env['VITEST_POOL_ID']) - 1]
  if (brokers === undefined) throw new Error('This worker has no broker.')
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
    return brokers
  } finally {
    await kafka.close()
  }
}

async function presentIn(kafka: Kafka, plan: readonly TopicPlan[]): Promise<readonly string[]> {
  const differences = await kafka.topics.verify(plan)
  const missing = differences.filter(({ setting }) => setting === 'topic').map((it) => it.topic)
  return plan.map(({ name }) => name).filter((name) => !missing.includes(name))
}
