import { setTimeout as wait } from 'node:timers/promises'
import type { PolicyEngine } from '@freshet/authority'
import type { PolicyVersion } from '@freshet/registry'
import type { Timer } from '@freshet/wire'
import {
  APPROVAL_TEXTS,
  approvalRegistry,
  APPROVE,
  registerPolicyEngineContract,
} from '@freshet/testkit'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { cedarPolicies } from './cedar-policies.ts'

/** Threads run on the clock of the machine, which is busy: here it goes slower. Limits are tested by hand. */
const SLOWER = 40
const timer: Timer = {
  nowMs: () => Date.now() / SLOWER,
  monotonicMs: () => performance.now() / SLOWER,
  sleep: (ms, signal) =>
    wait(ms * SLOWER, undefined, { signal, ref: false }).catch(() => undefined),
}

const none = () => []
const version: PolicyVersion = {
  registry: approvalRegistry(),
  hash: 'ab',
  sourceKeys: none,
  signers: none,
  identityProviderKeys: none,
  clientKeys: none,
  policyTexts: APPROVAL_TEXTS,
}
const another = (from: string, to: string): PolicyVersion => {
  const [file = '', text = ''] = [...APPROVAL_TEXTS].find(([, each]) => each.includes(from)) ?? []
  return {
    ...version,
    hash: to,
    policyTexts: new Map([...APPROVAL_TEXTS, [file, text.replace(from, to)]]),
  }
}

let troubles: unknown[]
beforeEach(() => {
  troubles = []
})
const policies = cedarPolicies({ timer, onTrouble: (error) => troubles.push(error) })
afterAll(() => policies[Symbol.asyncDispose]())

registerPolicyEngineContract('Cedar in a thread', () => policies.of(version))

const route = { audience: 'payments', route: APPROVE }
const decide = (engine: PolicyEngine) =>
  engine.decide({
    ...route,
    subject: { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' },
    actors: [],
    claims: new Map([['groups', ['payments-approvers']]]),
    facts: { amount: 5 },
  })

it('each version is decided by its own policies, as long as it is asked', async () => {
  const stricter = policies.of(another('1000', '4'))
  expect(await decide(stricter)).toMatchObject({ permitted: false })
  expect(await decide(policies.of(version))).toMatchObject({ permitted: true })
  expect(policies.of(version)).toBe(policies.of(version))
})

it('policies that cannot be compiled deny, and the operator gets the reason without their text', async () => {
  const torn = policies.of(another('permit (', 'secret ('))
  await expect(torn.reads(route)).rejects.toMatchObject({ code: 'policy.failed' })
  await expect(decide(torn)).rejects.toMatchObject({ code: 'policy.failed' })
  expect(troubles).not.toEqual([])
  expect(troubles.map(String).join()).not.toContain('secret')
})

it('a version without policies starts no thread', async () => {
  const started: unknown[] = []
  const start = (): never => {
    started.push(1)
    throw new Error('not needed')
  }
  const { policySchema: _, ...registry } = approvalRegistry({ audiences: new Map() })
  const plain = { ...version, hash: 'plain', registry, policyTexts: new Map() }
  cedarPolicies({ timer, onTrouble: () => undefined, start }).of(plain)
  expect(started).toEqual([])
})
