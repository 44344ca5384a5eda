import { scopeKey, type Audience, type JudgedToken, type Registry } from '@freshet/protocol'
import { APPROVE, REPORT } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { alice, evaluationWorld, US, type EvaluationWorld } from './evaluation-world.ts'

const FRESH = { kind: 'fresh' }
const STALE = { kind: 'stale', reason: 'claim-changed' }
const ignores = ['holds']

/** A token that was minted while alice had no hold. */
const token: JudgedToken = {
  tenant: 'acme',
  issuer: US,
  kid: 'k1',
  jti: 'j1',
  client: 'web',
  pv: 3,
  parties: [{ subject: alice, label: { e: 1n, s: 10n, c: 5n } }],
  claims: new Map([['groups', ['payments-approvers']]]),
}
let world: EvaluationWorld
beforeEach(async () => {
  world = await evaluationWorld()
  const { registry } = world
  const payments = registry.audiences.get('payments') as Audience
  const report = payments.routes.get(REPORT)
  if (report === undefined) throw new Error('payments has the route')
  const audiences = new Map([
    [
      'payments',
      {
        ...payments,
        claims: [...payments.claims, 'holds'],
        routes: new Map([...payments.routes, ['GET /ignored', { ...report, ignores }]]),
      },
    ],
  ])
  Object.assign(registry as { audiences: Registry['audiences'] }, { audiences })
})

/** The source puts alice on hold. */
function hold(): void {
  const scope = scopeKey({ kind: 'subject', subject: alice, claim: 'holds' })
  const cause = { source: 'security', change: 'c9' }
  world.watermarks = new Map([[scope, { position: { e: 1n, offset: 11n }, ...cause }]])
}

describe('a restriction of the audience, at the authority (rule 24)', () => {
  const questions = [
    ['that names other claims', { claims: ['groups'] }],
    ['that names the token itself', { claims: [''] }],
    ['that names nothing', {}],
    ['about a route', { route: REPORT }],
    ['about a route with policies', { route: APPROVE, facts: { amount: 5 } }],
  ] as const

  it.each(questions)('is judged by a question %s', async (_, question) => {
    const before = await world.ask(token, question)
    expect(before).toMatchObject({ decision: true })
    expect(before.verdicts.get('holds')).toEqual(FRESH)
    hold()
    const after = await world.ask(token, question)
    expect(after).toMatchObject({ decision: false })
    expect(after.verdicts.get('holds')).toMatchObject(STALE)
  })

  it('control: it is not judged where the edge or the declared route ignores it', async () => {
    hold()
    expect(await world.ask(token, { claims: ['groups'], ignores })).toMatchObject({
      decision: true,
    })
    expect(await world.ask(token, { route: 'GET /ignored' })).toMatchObject({ decision: true })
  })

  it('leaves the answer unverified while its source is silent', async () => {
    world.through.delete('security')
    const answer = await world.ask(token, { claims: ['groups'] })
    expect(answer).toMatchObject({ decision: false })
    expect(answer.verdicts.get('holds')).toMatchObject({ kind: 'unverified', source: 'security' })
  })
})
