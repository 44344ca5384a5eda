import { execFile } from 'node:child_process'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { APPROVAL_TEXTS, approvalRegistry, APPROVE } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { textsOf } from './policy-texts.ts'
import { startPolicyThread } from './policy-thread.ts'

const texts = textsOf({ registry: approvalRegistry(), policyTexts: APPROVAL_TEXTS })
const question = {
  audience: 'payments',
  route: APPROVE,
  tenant: 'acme',
  subject: 'alice',
  claims: new Map([['groups', ['payments-approvers']]]),
  facts: { amount: 5 },
}
const running = (script: string): URL =>
  new URL(`data:text/javascript,${encodeURIComponent(script)}`)
const ready = `import { parentPort } from 'node:worker_threads'; parentPort.postMessage({ reads: new Map() });`

describe('a thread of policies', () => {
  it('compiles them, and answers', async () => {
    const thread = startPolicyThread(texts)
    const { reads } = await thread.ready
    expect([...reads.values()]).toEqual([['groups', 'holds', 'payment-tier']])
    const permitted = { kind: 'answered', permitted: true, by: ['small amounts'] }
    expect(await thread.ask(question)).toEqual(permitted)
    await thread.end()
    await expect(thread.ask(question)).rejects.toThrow('has ended')
  })

  it('that never comes to an end holds up nothing here, and can be ended', async () => {
    const thread = startPolicyThread(texts, running(`${ready} for (;;);`))
    await thread.ready
    const answer = thread.ask(question).catch(() => 'ended')
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
    await expect(thread.ask(question)).rejects.toThrow(/panic|failed|ended/)
    await expect(thread.ask(question)).rejects.toThrow(/panic|failed|ended/)
  })

  it('that cannot compile its policies is never ready', async () => {
    const torn = { ...texts, schema: 'entity' }
    await expect(startPolicyThread(torn).ready).rejects.toThrow('the policy schema cannot be read')
  })

  it('is given nothing of our environment', async () => {
    const script = `${ready} parentPort.on('message', () => parentPort.postMessage(process.env))`
    const thread = startPolicyThread(texts, running(script))
    await thread.ready
    expect(await thread.ask(question)).toEqual({})
    await thread.end()
  })
})

describe('who imports this package', () => {
  const root = fileURLToPath(new URL('..', import.meta.url))
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
