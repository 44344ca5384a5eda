import type { PolicyEngine, PolicyQuestion } from '@freshet/authority'
import { beforeEach, describe, expect, test } from 'vitest'
import { APPROVE, REPORT } from './approval-policies.ts'

const alice = { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' }
const approver = new Map([['groups', ['staff', 'payments-approvers']]])

/** Checks the answers of every {@link PolicyEngine} for the policies of `approvalRegistry`. */
export function registerPolicyEngineContract(name: string, make: () => PolicyEngine): void {
  describe(`policy engine: ${name}`, () => {
    let engine: PolicyEngine
    beforeEach(() => {
      engine = make()
    })
    const decide = (more: Partial<PolicyQuestion> = {}) =>
      engine.decide({
        audience: 'payments',
        route: APPROVE,
        subject: alice,
        actors: [],
        claims: approver,
        facts: { amount: 5 },
        ...more,
      })

    test('permits what a policy permits, and names the policy', async () => {
      expect(await decide()).toEqual({ permitted: true, by: ['small amounts'] })
      expect(await decide({ facts: { amount: 1_000, currency: 'EUR' } })).toMatchObject({
        permitted: true,
      })
    })

    test('permits nothing that no policy permits', async () => {
      const nothing = { permitted: false, by: [] }
      expect(await decide({ facts: { amount: 1_001 } })).toEqual(nothing)
      expect(await decide({ claims: new Map() })).toEqual(nothing)
      expect(await decide({ claims: new Map([['groups', ['payments']]]) })).toEqual(nothing)
    })

    test('knows a policy without a name by its file and line', async () => {
      const claims = new Map([...approver, ['payment-tier', ['unlimited']] as const])
      const answer = { permitted: true, by: ['policies/approve.cedar:10'] }
      expect(await decide({ claims, facts: { amount: 5_000 } })).toEqual(answer)
    })

    test('permits nothing that a policy forbids, whatever permits it', async () => {
      const claims = new Map([...approver, ['holds', ['payments']] as const])
      expect(await decide({ claims })).toEqual({ permitted: false, by: ['on hold'] })
    })

    test('shows policies who acts for the subject, and lets no fact take that place', async () => {
      const actors = [{ ...alice, sub: 'robot' }]
      expect(await decide({ actors, facts: { amount: 500 } })).toMatchObject({ permitted: true })
      const refused = { permitted: false, by: ['no agents above 500'] }
      expect(await decide({ actors, facts: { amount: 501 } })).toEqual(refused)
      // Control: without an actor the same amount is permitted.
      expect(await decide({ facts: { amount: 501 } })).toMatchObject({ permitted: true })
      for (const named of [[], actors]) {
        const spoofed = decide({ actors: named, facts: { amount: 501, actors: [] } })
        await expect(spoofed).rejects.toMatchObject({ code: 'policy.context' })
      }
    })

    test('takes a subject of another tenant for another one', async () => {
      const subject = { ...alice, tenant: 'globex' }
      expect(await decide({ subject })).toEqual({ permitted: false, by: [] })
    })

    test('compares values as text, as routes do', async () => {
      const claims = new Map([['groups', ['payments-approvers', 7, true]]])
      expect(await decide({ claims })).toMatchObject({ permitted: true })
    })

    test.each([
      ['without a fact', {}],
      ['with a fact of another type', { amount: '5' }],
      ['with half of a number', { amount: 5.5 }],
      ['with a fact too many', { amount: 5, colour: 'red' }],
      ['with nothing in the place of a fact', { amount: null }],
    ])('does not decide %s', async (_, facts) => {
      await expect(decide({ facts })).rejects.toMatchObject({ code: 'policy.context' })
    })

    test('permits nothing where a policy cannot be evaluated: it might have forbidden it', async () => {
      const claims = new Map([...approver, ['payment-tier', ['unlimited']] as const])
      const facts = { amount: 2 ** 62 }
      await expect(decide({ claims, facts })).rejects.toMatchObject({ code: 'policy.failed' })
    })

    test('returns the claims that the policies of a route read, and none of another route', async () => {
      const reads = await engine.reads({ audience: 'payments', route: APPROVE })
      expect(reads.toSorted()).toEqual(['groups', 'holds', 'payment-tier'])
      expect(await engine.reads({ audience: 'payments', route: REPORT })).toEqual([])
    })

    test('answers each of many questions of one moment for itself', async () => {
      const answers = await Promise.all(
        [5, 5_000, 5, 5_000].map((amount) => decide({ facts: { amount } })),
      )
      expect(answers.map(({ permitted }) => permitted)).toEqual([true, false, true, false])
    })
  })
}
