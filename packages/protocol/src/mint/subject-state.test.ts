import { exampleClaim, exampleRegistry, exampleSource } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { UNTOUCHED_ACCOUNT } from '../changes/account-state.ts'
import { EMPTY_CLAIM, mergeStatement, type ClaimStatement } from '../claims/claim-state.ts'
import { corroborated } from '../claims/stated-claims.ts'
import type { ClaimSnapshot, MintSnapshot, PartitionSnapshot } from './mint-snapshot.ts'
import { subjectState } from './subject-state.ts'

const NOW = 1_795_514_400_000
const subject = { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' }
const version = (n: number) => ({ epoch: 0n, n: BigInt(n) })
const roles = exampleClaim('roles', 'iga', { corroborates: 'directory' })
const THEIR_ROLES = corroborated(roles)?.name ?? ''
const registry = exampleRegistry(
  ['hr', 'iga', 'directory', 'security'].map((id) => exampleSource(id)),
  [exampleClaim('groups', 'hr'), roles],
  { cutOffs: ['security', 'freshet'] },
)

const partition = (through: Readonly<Record<string, number | null>> = {}): PartitionSnapshot => {
  const live = { hr: NOW - 100, iga: NOW - 200, directory: NOW - 300, security: NOW - 50 }
  const throughMs = new Map(Object.entries({ ...live, ...through }))
  return { e: 1n, nextOffset: 9n, activePv: 1, activeHash: 'ab', throughMs }
}
const stated = (source: string, n: number, ...values: string[]): ClaimSnapshot => {
  const statement: ClaimStatement = { op: 'set', values, version: version(n) }
  return { source, state: mergeStatement(EMPTY_CLAIM, statement) }
}
const snapshot = (more: Partial<MintSnapshot> = {}): MintSnapshot => ({
  control: partition(),
  parties: [{ partition: partition(), known: true, account: UNTOUCHED_ACCOUNT }],
  claims: new Map([['groups', stated('hr', 10, 'approvers', 'staff')]]),
  doubts: new Set(),
  withdrawn: new Map(),
  denied: [],
  ...more,
})

const claimOf = (name: string, more: Partial<MintSnapshot> = {}) =>
  subjectState({ subject, registry, atMs: NOW }, snapshot(more)).claims.find(
    ({ claim }) => claim === name,
  )
const statusOf = (name: string, more: Partial<MintSnapshot> = {}) => claimOf(name, more)?.status

describe('the state of a subject', () => {
  it('has the values of each claim, with source, version and the last time that its source vouched for', () => {
    expect(claimOf('groups')).toEqual({
      claim: 'groups',
      values: ['approvers', 'staff'],
      status: 'verified',
      statements: [
        {
          source: 'hr',
          values: ['approvers', 'staff'],
          version: version(10),
          throughMs: NOW - 100,
        },
      ],
    })
  })

  it('has no value and no version of a claim that no source sent, and is verified while the source is live', () => {
    expect(claimOf('groups', { claims: new Map() })).toMatchObject({
      values: [],
      status: 'verified',
    })
    expect(claimOf('groups', { claims: new Map() })?.statements[0]).not.toHaveProperty('version')
  })

  it('does not have a value that was withdrawn since', () => {
    const withdrawn = new Map([['groups', new Map([['"approvers"', version(11)]])]])
    expect(claimOf('groups', { withdrawn })?.values).toEqual(['staff'])
  })

  it('is unverified where the owner, the account source or a cut-off source is silent (rules 14 and 15)', () => {
    for (const source of ['hr', 'security']) {
      const control = partition({ [source]: NOW - 60_000 })
      expect(claimOf('groups', { control })).toMatchObject({
        status: 'unverified',
        silentSource: source,
        values: ['approvers', 'staff'],
      })
    }
    // Control: the silence of a source that the claim does not rest on changes nothing.
    expect(statusOf('groups', { control: partition({ iga: null }) })).toBe('verified')
  })

  it('is in doubt while an unreadable record is not settled, or another source sent it (rules 20 and 32)', () => {
    expect(statusOf('groups', { doubts: new Set(['groups']) })).toBe('doubt')
    expect(statusOf('groups', { claims: new Map([['groups', stated('iga', 3, 'a')]]) })).toBe(
      'doubt',
    )
  })

  it('is contradicted where its two sources state different values, and has the narrower ones', () => {
    const both = (theirs: string[]) =>
      new Map([
        ['roles', stated('iga', 4, 'reader', 'writer')],
        [THEIR_ROLES, stated('directory', 7, ...theirs)],
      ])
    expect(claimOf('roles', { claims: both(['reader']) })).toMatchObject({
      status: 'contradicted',
      values: ['reader'],
      statements: [
        { source: 'iga', values: ['reader', 'writer'], version: version(4) },
        { source: 'directory', values: ['reader'], version: version(7) },
      ],
    })
    expect(statusOf('roles', { claims: both(['writer', 'reader']) })).toBe('verified')
    const alone = new Map([['roles', stated('iga', 4, 'reader')]])
    expect(statusOf('roles', { claims: alone })).toBe('verified')
  })
})
