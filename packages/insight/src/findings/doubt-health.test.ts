import { describe, expect, it } from 'vitest'
import type { Status } from '../answers/health.ts'
import { doubtHealth } from './doubt-health.ts'

const AT = '2026-11-24T10:00:00.000Z'
const DOUBTED = {
  tenant: 'acme',
  source: 'hr',
  issuer: null,
  claims: ['groups', 'roles'],
  hasAccounts: false,
  isVoided: false,
  change: 'v2',
  since: AT,
}

describe('a source whose states are in doubt as a whole', () => {
  const found = (more: object) =>
    doubtHealth.sourceUnstated.find({
      status: { doubted: [{ ...DOUBTED, ...more }] } as unknown as Status,
    })

  it('resynchronizes its claims', () => {
    expect(found({})).toMatchObject([
      {
        tenant: 'acme',
        since: AT,
        remedy: 'run `freshet source resync FILE` for hr of acme',
      },
    ])
  })

  it('states its accounts in a snapshot that announces them', () => {
    const accounts = { claims: [], hasAccounts: true, issuer: 'https://idp.example', change: null }
    expect(found(accounts)).toMatchObject([
      {
        what: 'All accounts of hr are in doubt for https://idp.example in acme',
        remedy: 'run `freshet source resync FILE` for hr of acme, with a line for each account',
      },
    ])
  })

  it('asks for both where it owns claims and accounts', () => {
    expect(found({ hasAccounts: true })).toMatchObject([
      {
        what: expect.stringMatching(/^All accounts and claims groups, roles of hr are in doubt/),
        remedy: expect.stringMatching(
          /^run `freshet source resync FILE` .* with a line for each account$/,
        ),
      },
    ])
  })
})
