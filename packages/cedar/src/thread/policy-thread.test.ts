import { execFile } from 'node:child_process'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { APPROVAL_TEXTS, approvalRegistry, APPROVE } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { textsOf } from '../policy-texts.ts'
import { startPolicyThread, type PolicyThread } from './policy-thread.ts'
import type { ThreadAnswer } from './thread-messages.ts'

const texts = textsOf({ registry: approvalRegistry(), policyTexts: APPROVAL_TEXTS })
const question = {
  audience: 'payments',
  route: APPROVE,
  tenant: 'acme',
  subject: 'alice',
  actors: [],
  claims: new Map([['groups', ['payments-approvers']]]),
  facts: { amount: 5 },
}
const running = (script: string): URL =>
  new URL(`data:text/javascript,${encodeURIComponent(script)}`)
const firstAnswer = (thread: PolicyThread): Promise<ThreadAnswer> | undefined =>
  thread.ask([question]).at(0)
const ready = `import { parentPort } from 'node:worker_threads'; parentPort.postMessage({ reads: new Map() });`

describe('a thread of policies', () => {
  it('compiles them, and answers', async () => {
    const thread = startPolicyThread(texts)
    const { reads } = await thread.ready
    expect([...reads.values()]).toEqual([['groups', 'holds', 'payment-tier']])
    const permitted = { kind: 'answered', permitted: true, by: ['small amounts'] }
    expect(await firstAnswer(thread)).toEqual(permitted)
    await thread.end()
    await expect(firstAnswer(thread)).rejects.toThrow('has ended')
  })

  it('answers each question of a message, in their order', async () => {
    const thread = startPolicyThread(texts)
    await thread.ready
    const amounts = [5, 5_000_000, 'many', 5]
    const answers = thread.ask(amounts.map((amount) => ({ ...question, facts: { amount } })))
    expect(await Promise.all(answers)).toMatchObject([
      { kind: 'answered', permitted: true },
      { kind: 'answered', permitted: false },
      { kind: 'context' },
      { kind: 'answered', permitted: true },
    ])
    await thread.end()
  })

  it('that ends at one of them has answered those before, and rejects those behind', async () => {
    const script = `${ready} parentPort.on('message', ([first]) => {
      parentPort.postMessage({ kind: 'context' }); setImmediate(() => process.exit(3)) })`
    const thread = startPolicyThread(texts, running(script))
    await thread.ready
    const [before, at, behind] = thread.ask([question, question, question])
    expect(await before).toEqual({ kind: 'context' })
    await expect(at).rejects.toThrow('ended')
    await expect(behind).rejects.toThrow('ended')
  })

  it('that never comes to an end holds up nothing here, and can be ended', async () => {
    const thread = startPolicyThread(texts, running(`${ready} for (;;);`))
    await thread.ready
    const answer = firstAnswer(thread)?.catch(() => 'ended')
    for (let turns = 0; turns < 100; turns += 1) await turn()
    await thread.end()
    expect(await answer).toBe('ended')
  })

  it.each([
    ['throws', `${ready} parentPort.on('message', () => { throw new Error('panic') })`],
    ['leaves', `${ready} parentPort.on('message', () => process.exit(3))`],
  ])('that %s rejects who waits', async (_, script) => {
    const thread = startPolicyThread(texts, running(script))
    await thread.ready
    await expect(firstAnswer(thread)).rejects.toThrow(/panic|failed|ended/)
    await expect(firstAnswer(thread)).rejects.toThrow(/panic|failed|ended/)
  })

  it('that cannot compile its policies is never ready', async () => {
    const torn = { ...texts, schema: 'entity' }
    await expect(startPolicyThread(torn).ready).rejects.toThrow('the policy schema cannot be read')
  })

  it('is given nothing of our environment', async () => {
    const script = `${ready} parentPort.on('message', () => parentPort.postMessage(process.env))`
    const thread = startPolicyThread(texts, running(script))
    await thread.ready
    expect(await firstAnswer(thread)).toEqual({})
    await thread.end()
  })
})

it('a thread that idles keeps no process', async () => {
  const script = `
    const { startPolicyThread } = await import('./dist/thread/policy-thread.js')
    const own = "${ready} parentPort.on('message', (all) => all.forEach(() => parentPort.postMessage(1)))"
    const thread = startPolicyThread({}, new URL('data:text/javascript,' + encodeURIComponent(own)))
    const waits = setTimeout(() => undefined, 60_000)
    await thread.ready
    process.stdout.write(String(await thread.ask([{}, {}])[1]))
    clearTimeout(waits)`
  const args = ['--input-type=module', '--eval', script]
  const cwd = fileURLToPath(new URL('../..', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 15_000 })
  expect(stdout).toBe('1')
})

describe('the importers of this package', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const loaded = async (then: string): Promise<string> => {
    const script = `
      import { createRequire } from 'node:module'
      const { checkPolicies } = await import('./dist/index.js')
      ${then}
      const files = Object.keys(createRequire(import.meta.url).cache)
      process.stdout.write(String(files.some((file) => file.includes('cedar-wasm'))))`
    const args = ['--input-type=module', '--eval', script]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root })
    return stdout
  }

  it('has no engine in its memory', async () => {
    expect(await loaded('')).toBe('false')
  })

  it('control: who checks policies has', async () => {
    const none = `{ registry: { policySchema: 'x' }, policyTexts: new Map() }`
    expect(await loaded(`await checkPolicies(${none})`)).toBe('true')
  })
})
