import type { PolicyAnswer } from '@freshet/authority'
import { ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import * as limits from './limits.ts'
import { routeKey, type PolicyTexts } from './policy-texts.ts'
import type { PolicyThread } from './thread/policy-thread.ts'
import type { ThreadAnswer, ThreadQuestion, ThreadReady } from './thread/thread-messages.ts'
import { VersionEngine } from './version-engine.ts'

const route = { audience: 'payments', route: 'POST /approve' }
const texts: PolicyTexts = { schema: '', routes: [] }
const yes: ThreadAnswer = { kind: 'answered', permitted: true, by: ['a'] }
const ready: ThreadReady = { reads: new Map([[routeKey(route), ['groups']]]) }
const never = new Promise<never>(() => undefined)

/** A thread of which the test decides what becomes of each question. */
interface Planned extends PolicyThread {
  readonly questions: ThreadQuestion[]
  /** The number of questions in each message. */
  readonly messages: number[]
  hasEnded: boolean
}

let clock: ManualClock
let threads: Planned[]
let answers: (() => Promise<ThreadAnswer>)[]
let compiled: () => Promise<ThreadReady>
let troubles: string[]
let engine: VersionEngine
beforeEach(() => {
  clock = new ManualClock()
  ;[threads, answers, troubles] = [[], [], []]
  compiled = async () => ready
  engine = new VersionEngine(texts, {
    timer: clock,
    start,
    onTrouble: (error) => troubles.push((error as { readonly code: string }).code),
  })
})

function start(): PolicyThread {
  const thread: Planned = {
    questions: [],
    messages: [],
    hasEnded: false,
    ready: compiled(),
    ask(questions) {
      thread.questions.push(...questions)
      thread.messages.push(questions.length)
      let before: Promise<unknown> = Promise.resolve()
      return questions.map(() => {
        const answer = before.then(() => answers.shift()?.() ?? yes)
        answer.catch(() => undefined)
        before = answer
        return answer
      })
    },
    async end() {
      thread.hasEnded = true
    },
  }
  thread.ready.catch(() => undefined)
  threads.push(thread)
  return thread
}

const subject = { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' }
const ask = (): Promise<PolicyAnswer> =>
  engine.decide({ ...route, subject, actors: [], claims: new Map(), facts: {} })
const codeOf = (answer: Promise<unknown>): Promise<unknown> =>
  answer.then(
    () => 'answered',
    (error: { readonly code: string }) => error.code,
  )

describe('policies that take too long', () => {
  it('are denied after the limit, and end with their thread', async () => {
    answers = [() => never]
    const slow = codeOf(ask())
    await clock.advance(0)
    await clock.advance(limits.POLICY_RUN_MS_MAX - 1)
    expect(threads[0]?.hasEnded).toBe(false)
    await clock.advance(1)
    expect(await slow).toBe('policy.late')
    expect([threads[0]?.hasEnded, troubles]).toEqual([true, ['policy.late']])
  })

  it('keep no question from its answer that was sent at the same time: the next goes to a new thread', async () => {
    answers = [() => never]
    const slow = codeOf(ask())
    const next = ask()
    await clock.advance(0)
    await clock.advance(limits.POLICY_RUN_MS_MAX)
    expect(await slow).toBe('policy.late')
    expect(await next).toMatchObject({ permitted: true })
    expect(threads.map(({ questions }) => questions.length)).toEqual([1, 1])
  })

  it('among those asked together are refused alone: who was asked behind them is asked once more', async () => {
    answers = [async () => yes, async () => yes, () => never]
    const all = Array.from({ length: 5 }, () => codeOf(ask()))
    await clock.advance(0)
    await clock.advance(limits.POLICY_RUN_MS_MAX)
    expect(await Promise.all(all)).toEqual([
      'answered',
      'answered',
      'policy.late',
      'answered',
      'answered',
    ])
    expect(threads.map(({ messages }) => messages)).toEqual([[1, 4], [2]])
  })

  it('are not sent for a question that has waited too long: its answer is not read', async () => {
    const slowOnes = Math.ceil(limits.POLICY_WAIT_MS_MAX / limits.POLICY_RUN_MS_MAX) + 1
    answers = Array.from({ length: slowOnes }, () => () => never)
    const all = Array.from({ length: slowOnes + 1 }, () => codeOf(ask()))
    await clock.advance(0)
    for (let n = 0; n < slowOnes; n += 1) await clock.advance(limits.POLICY_RUN_MS_MAX)
    expect(await Promise.all(all)).toEqual(all.map(() => 'policy.late'))
    expect(threads.map(({ messages }) => messages)).toEqual([[1], [3], [2]])
  })
})

it('questions that wait are asked together, and no more than a message may hold', async () => {
  const max = limits.POLICY_QUESTIONS_BATCH_MAX
  await Promise.all(Array.from({ length: max + 2 }, ask))
  expect(threads.map(({ messages }) => messages)).toEqual([[1, max, 1]])
})

it('questions take turns, each with its own answer', async () => {
  let running = 0
  let most = 0
  answers = Array.from({ length: 5 }, (_, n) => async () => {
    most = Math.max(most, ++running)
    await clock.advance(0)
    running -= 1
    return { kind: 'answered', permitted: n % 2 === 0, by: [] }
  })
  const all = await Promise.all(Array.from({ length: 5 }, ask))
  expect(all.map(({ permitted }) => permitted)).toEqual([true, false, true, false, true])
  expect([most, threads.length]).toEqual([1, 1])
})

it('beyond those that may wait, questions are denied at once', async () => {
  answers = [() => never]
  const all = Array.from({ length: limits.POLICY_QUESTIONS_WAITING_MAX + 1 }, () => codeOf(ask()))
  await clock.advance(0)
  expect(await codeOf(ask())).toBe('policy.late')
  await clock.advance(limits.POLICY_RUN_MS_MAX)
  expect((await Promise.all(all)).slice(0, 3)).toEqual(['policy.late', 'answered', 'answered'])
})

describe('an engine that throws', () => {
  it('denies who asked, and answers the next in a new thread', async () => {
    answers = [() => Promise.reject(new Error('unreachable'))]
    expect(await codeOf(ask())).toBe('policy.failed')
    expect(await ask()).toMatchObject({ permitted: true })
    expect(threads.map(({ hasEnded }) => hasEnded)).toEqual([true, false])
    expect(troubles).toEqual(['policy.failed'])
  })

  it('or that could not evaluate a policy, names the policy and nothing else', async () => {
    answers = [async () => ({ kind: 'failed', policies: ['a.cedar:3'] })]
    await expect(ask()).rejects.toMatchObject({
      code: 'policy.failed',
      message: 'Not evaluated: a.cedar:3.',
    })
    expect(threads).toHaveLength(1)
  })
})

describe('policies that cannot be compiled', () => {
  it('deny, and are tried again after a pause and not before', async () => {
    compiled = () => Promise.reject(new Error('no policy'))
    expect(await codeOf(ask())).toBe('policy.failed')
    expect(await codeOf(engine.reads(route))).toBe('policy.failed')
    expect(threads).toHaveLength(1)
    compiled = async () => ready
    await clock.advance(limits.POLICY_RESTART_PAUSE_MS)
    expect(await engine.reads(route)).toEqual(['groups'])
    expect(await ask()).toMatchObject({ permitted: true })
    expect(threads).toHaveLength(2)
  })

  it('in time are late for who asks, and are given up when they take far too long', async () => {
    compiled = () => never
    const read = codeOf(engine.reads(route))
    await clock.advance(limits.POLICY_WAIT_MS_MAX)
    expect([await read, threads[0]?.hasEnded]).toEqual(['policy.late', false])
    await clock.advance(limits.POLICY_START_MS_MAX)
    expect([threads[0]?.hasEnded, troubles]).toEqual([true, ['policy.late']])
  })
})

it('what policies read is known for good once they were compiled', async () => {
  engine.warm()
  expect(await engine.reads(route)).toEqual(['groups'])
  answers = [() => Promise.reject(new Error('gone'))]
  await codeOf(ask())
  compiled = () => never
  expect(await engine.reads(route)).toEqual(['groups'])
  expect(await engine.reads({ ...route, route: 'GET /' })).toEqual([])
})

it('one that is put away denies who waits, and ends its thread', async () => {
  answers = [() => never]
  const [running, waiting] = [codeOf(ask()), codeOf(ask())]
  await clock.advance(0)
  await engine.close()
  expect(await waiting).toBe('policy.failed')
  expect(threads[0]?.hasEnded).toBe(true)
  await clock.advance(limits.POLICY_RUN_MS_MAX)
  expect(await running).toBe('policy.late')
})
