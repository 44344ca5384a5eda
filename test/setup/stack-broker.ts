import { rmSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createKafka, planTopics, type Kafka, type TopicPlan } from '@freshet/kafka'
import { inject } from 'vitest'
import { TOPICS_FILE } from '../../packages/cli/src/stack/paths.ts'
import type { StackBrokers } from './stack-brokers.ts'

const FREE_WITHIN_MS = 60_000
const EMPTY_WITHIN_MS = 60_000
const POLL_MS = 20

/** A broker for one stack, without any topic of ours. */
export interface StackBroker {
  readonly brokers: readonly string[]
  /** Frees it for another stack. */
  free(): Promise<void>
}

/**
 * Takes a broker that no stack uses; earlier stacks left nothing there. A folder is the lock, which ends with
 * its process. The number that vitest gives a worker is no lock, because two can have the same.
 */
export async function takeBroker(): Promise<StackBroker> {
  const given = inject('stackBrokers')
  if (given === null) throw new Error('Stacks have no broker.')
  const { brokers, lock } = await firstFree(given)
  const onExit = (): void => rmSync(lock, { recursive: true, force: true })
  process.once('exit', onExit)
  const free = async (): Promise<void> => {
    process.off('exit', onExit)
    await rm(lock, { recursive: true, force: true })
  }
  try {
    await removeTopics(brokers)
    return { brokers, free }
  } catch (error) {
    await free()
    throw error
  }
}

interface Taken {
  readonly brokers: readonly string[]
  readonly lock: string
}

async function firstFree({ locks, brokers: all }: StackBrokers): Promise<Taken> {
  const deadline = performance.now() + FREE_WITHIN_MS
  while (performance.now() < deadline) {
    for (const [at, brokers] of all.entries()) {
      const lock = join(locks, String(at))
      if (await isMade(lock)) return { brokers, lock }
    }
    await sleep(POLL_MS)
  }
  throw new Error(`Each of ${all.length} brokers has a stack.`)
}

function isMade(folder: string): Promise<boolean> {
  return mkdir(folder).then(
    () => true,
    () => false,
  )
}

/** Removes all topics of the product, and waits until the broker has none of them. */
export async function removeTopics(brokers: readonly string[]): Promise<void> {
  const plan = planTopics(await readFile(TOPICS_FILE, 'utf8'), { development: true })
  const kafka = createKafka({ brokers: [...brokers], clientId: 'freshet-test' })
  try {
    let topics = await presentIn(kafka, plan)
    if (topics.length > 0) await kafka.topics.remove(topics)
    // The answer comes from the controller; the broker receives the change shortly after.
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
