import { UNTOUCHED_ACCOUNT, type ActorState, type JudgedToken } from '@freshet/protocol'
import type { Evaluation, EvaluationAnswer } from '@freshet/wire'
import { APPROVE } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { alice, evaluationWorld, stating, US, type EvaluationWorld } from './evaluation-world.ts'

const robot = { ...alice, sub: 'robot' }
const label = { e: 1n, s: 10n, c: 5n }
const APPROVERS = ['staff', 'payments-approvers'] as const

const token: JudgedToken = {
  tenant: 'acme',
  issuer: US,
  kid: 'k1',
  jti: 'j1',
  client: 'web',
  pv: 3,
  parties: [
    { subject: alice, label },
    { subject: robot, label },
  ],
  claims: new Map([['groups', APPROVERS]]),
}

let world: EvaluationWorld
beforeEach(async () => {
  world = await evaluationWorld()
  world.state = { ...world.state, parties: [{ account: UNTOUCHED_ACCOUNT }, robotStating()] }
})

/** Sets the claims of the robot: by default it is an approver, as alice is. */
function robotStating(
  claims: ActorState['claims'] = new Map([['groups', stating('hr', ...APPROVERS)]]),
): ActorState {
  return { account: UNTOUCHED_ACCOUNT, claims, doubts: new Set(), withdrawn: new Map() }
}
const withRobot = (of: ActorState): void => {
  world.state = { ...world.state, parties: [{ account: UNTOUCHED_ACCOUNT }, of] }
}
const ask = (
  amount = 5,
  of: JudgedToken = token,
  more: Partial<Evaluation> = {},
): Promise<EvaluationAnswer> => world.ask(of, { route: APPROVE, facts: { amount }, ...more })
const denied = (...policies: string[]) => ({ decision: false, code: 'policy.denied', policies })

describe('policies of a request in which one party acts for another', () => {
  it('permit it where they permit it by what both parties have', async () => {
    expect(await ask()).toMatchObject({ decision: true, policies: ['small amounts'] })
    expect(world.rechecks[0]?.wantedState?.parties).toEqual([alice, robot])
    expect(world.questions[0]).toMatchObject({ subject: alice, actors: [robot] })
  })

  it('deny it while the actor has a restriction, of which the subject knows nothing', async () => {
    const held = new Map([['groups', stating('hr', ...APPROVERS)]])
    withRobot(robotStating(held.set('holds', stating('security', 'payments'))))
    expect(await ask()).toMatchObject(denied('on hold'))
    // Control: alice herself is permitted, by the same values of the sources.
    const own = { ...token, parties: [token.parties[0]] as const }
    world.state = { ...world.state, parties: [{ account: UNTOUCHED_ACCOUNT }] }
    expect(await ask(5, own)).toMatchObject({ decision: true })
  })

  it('deny it where the actor does not have the right that they ask for', async () => {
    withRobot(robotStating(new Map([['groups', stating('hr', 'staff')]])))
    expect(await ask()).toMatchObject(denied())
    expect(world.questions[0]?.claims.get('groups')).toEqual(['staff'])
    withRobot(robotStating(new Map()))
    expect(await ask()).toMatchObject(denied())
  })

  it('can forbid it by the amount, because an actor is there', async () => {
    expect(await ask(501)).toMatchObject(denied('no agents above 500'))
    expect(await ask(500)).toMatchObject({ decision: true })
  })

  it('are not asked while a claim that they read is in doubt for the actor (rule 20)', async () => {
    withRobot({ ...robotStating(), doubts: new Set(['holds']) })
    const { decision, verdicts } = await ask()
    expect(decision).toBe(false)
    expect(verdicts.get('holds')).toEqual({ kind: 'unverified', source: 'security' })
    expect(world.questions).toEqual([])
  })

  it('see no actor that the request names: facts cannot take that place', async () => {
    const spoofed = { facts: { amount: 501, actors: [] } }
    expect(await ask(5, token, spoofed)).toMatchObject({ decision: false, code: 'policy.context' })
  })
})
