import { approvalPolicies, registerPolicyEngineContract } from '@freshet/testkit'
import { expect, it } from 'vitest'
import { NO_POLICIES } from './policy-engine.ts'

registerPolicyEngineContract('in memory', approvalPolicies)

it('a process without an engine permits nothing', async () => {
  const refused = { code: 'policy.failed' }
  await expect(NO_POLICIES.reads({ audience: 'a', route: 'GET /' })).rejects.toMatchObject(refused)
})
