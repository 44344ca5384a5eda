import { setTimeout as wait } from 'node:timers/promises'
import type { PolicyVersion, Timer } from '@freshet/events'
import { APPROVAL_TEXTS, approvalRegistry, registerPolicyEngineContract } from '@freshet/testkit'
import { afterAll } from 'vitest'
import { cedarPolicies } from './cedar-policies.ts'

/** Threads run on the clock of the machine. */
const timer: Timer = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => wait(ms, undefined, { signal, ref: false }).catch(() => undefined),
}

const none = () => []
const version: PolicyVersion = {
  registry: approvalRegistry(),
  hash: 'ab',
  sourceKeys: none,
  identityProviderKeys: none,
  clientKeys: none,
  policyTexts: APPROVAL_TEXTS,
}

const troubles: unknown[] = []
const policies = cedarPolicies({ timer, onTrouble: (error) => troubles.push(error) })
afterAll(() => policies[Symbol.asyncDispose]())

registerPolicyEngineContract('Cedar in a thread', () => policies.of(version))
