import { askRaw, sendRaw, type RawAnswer } from '@freshet/testkit'
import { expect, it } from 'vitest'
import { check, type CheckAnswer } from '../e2e/edge.ts'
import { answersInOrder } from '../setup/answers-in-order.ts'
import type { TestStack } from '../e2e/test-stack.ts'
import type { GuardWorld } from './guard-world.ts'

const MEBIBYTE = 1_048_576
/** Connections that are refused, within the limit of one address. */
const REFUSED = 200
/** A budget holds so many of its largest bodies, and one more comes a second. */
const AT_ONCE = 12
/** Less than a server waits for a body. */
const ANSWERED_WITHIN_MS = 5_000

/** Checks the budgets of senders that have proved themselves. It uses up those of HR and of the viewer. */
export function senderBudgets(given: () => { stack: TestStack; world: GuardWorld }): void {
  const post = (
    target: string,
    { by, type, body }: { readonly by: string; readonly type: string; readonly body: string },
  ): Promise<RawAnswer> => {
    const headers = [
      ['authorization', `Bearer ${by}`],
      ['content-type', type],
    ] as const
    return askRaw(given().stack.at.gateway, { method: 'POST', target, headers, body })
  }
  const isOverLimit = ({ status, body }: RawAnswer): boolean =>
    status === 429 && body.includes('"limit.reached"')
  const many = (send: () => Promise<RawAnswer>): Promise<readonly RawAnswer[]> =>
    Promise.all(Array.from({ length: AT_ONCE }, send))

  it('refuses a batch of more than 500 items, and one of 500 for its items', async () => {
    const batch = async (length: number): Promise<RawAnswer> =>
      post('/v1/changes', {
        by: await given().world.assertion(),
        type: 'application/cloudevents-batch+json',
        body: JSON.stringify(Array(length).fill(0)),
      })
    expect((await batch(501)).status).toBe(413)
    expect((await batch(500)).status).not.toBe(413)
  })

  it('refuses bytes of heartbeats beyond the budget of a source', async () => {
    const body = `${' '.repeat(MEBIBYTE / 4 - 2)}{}`
    const type = 'application/json'
    const answers = await many(async () =>
      post('/v1/heartbeats', { by: await given().world.assertion(), type, body }),
    )
    expect(answers.some(isOverLimit)).toBe(true)
    // Control: those within the budget are read, and refused for what they are.
    expect(answers.some(({ status }) => status === 422)).toBe(true)
  })

  it('refuses heartbeats beyond the budget by their stated length, before their bodies come', async () => {
    const sendHead = async (): Promise<string> => {
      const { stack, world } = given()
      const head = ['POST /v1/heartbeats HTTP/1.1', 'host: gateway', 'connection: close']
      const of = ['content-type: application/json', `content-length: ${MEBIBYTE / 4}`]
      const by = `authorization: Bearer ${await world.assertion()}`
      const text = [...head, ...of, by, '', ''].join('\r\n')
      const answer = await sendRaw(stack.at.gateway, text, { withinMs: ANSWERED_WITHIN_MS })
      if (!answer.startsWith('HTTP/1.1 429')) throw new Error(answer)
      return answer
    }
    expect(await Promise.any(Array.from({ length: AT_ONCE }, sendHead))).toContain(
      '"limit.reached"',
    )
  })

  it('refuses bytes of an admin beyond the budget, whatever the role', async () => {
    const { viewer, operator } = given().world.admins
    const body = `${' '.repeat(MEBIBYTE - 2)}{}`
    const type = 'application/json'
    const answers = await many(() => post('/v1/registry', { by: viewer, type, body }))
    expect(answers.some(isOverLimit)).toBe(true)
    // Controls: those within the budget are refused for the role, and another admin has a budget of its own.
    expect(answers.some(({ status }) => status === 403)).toBe(true)
    expect((await post('/v1/registry', { by: operator, type, body: '{}' })).status).toBe(403)
  })

  it('refuses a check with more values than a question has', async () => {
    const ask = (zeros: number): Promise<CheckAnswer> =>
      check(given().stack, { token: 'x', facts: { zeros: Array(zeros).fill(0) } })
    await expect(ask(4_096)).rejects.toThrow('The sidecar answered 400.')
    // Control: a question within the limit is decided.
    expect(await ask(4_000)).toMatchObject({ decision: 'challenge', status: 401 })
  })

  it('answers connections that were refused behind one that was served', async () => {
    const placeBeside = async (before: string): Promise<number> => {
      const others = Array.from({ length: REFUSED }, () => ({
        first: before,
        second: '/v1/sources/hr',
      }))
      const one = { first: '/livez', second: '/livez' }
      const statuses = await answersInOrder(given().stack.at.gateway, [...others, one])
      expect(statuses.toSorted((a = 0, b = 0) => a - b)).toEqual([200, ...others.map(() => 401)])
      return statuses.indexOf(200)
    }
    expect(await placeBeside('/v1/sources/hr')).toBeLessThan(REFUSED / 2)
    // Control: the connections have been served, and the others asked first.
    expect(await placeBeside('/livez')).toBeGreaterThan(REFUSED / 2)
  })
}
