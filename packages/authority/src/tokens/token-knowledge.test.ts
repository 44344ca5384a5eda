import { bornStale, CONTROL_PARTITION, partitionOf, type JudgedToken } from '@freshet/protocol'
import { expect, it } from 'vitest'
import type { RecheckAnswer } from '../mint/mint-store.ts'
import { knowledgeOf, recheckQueryOf } from './token-knowledge.ts'

const [alice, robot] = ['alice', 'robot'].map((sub) => ({
  tenant: 'acme',
  iss: 'https://idp.example',
  sub,
}))
const party = (subject = alice) => ({
  subject: subject ?? expect.unreachable(),
  label: { e: 1n, s: 10n, c: 5n },
})
const token: JudgedToken = {
  tenant: 'acme',
  issuer: 'https://tokens.example',
  kid: 'k1',
  jti: 'j1',
  client: 'web',
  pv: 3,
  parties: [party(), party(robot)],
  claims: new Map([['groups', ['a']]]),
}

it('looks at the partition of each party, so that an actor of an older incarnation is seen (rule 26)', () => {
  const { partitions } = recheckQueryOf(token)
  const all = [alice, robot].map((subject) => partitionOf(party(subject).subject))
  expect(new Set(partitions)).toEqual(new Set([CONTROL_PARTITION, ...all]))
  const row = { activePv: 3, activeHash: 'ab', minimumPv: 0, throughMs: new Map() }
  const answer: RecheckAnswer = {
    partitions: new Map(partitions.map((at) => [at, { ...row, e: at === all[1] ? 2n : 1n }])),
    watermarks: new Map(),
    denials: new Map(),
  }
  const stale = bornStale(token, knowledgeOf(answer, { map: undefined, wallMs: 0 }))
  expect(stale).toEqual({ kind: 'stale', reason: 'incarnation' })
})
