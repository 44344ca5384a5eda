import type { MintQuery } from '@freshet/authority'
import {
  denialKey,
  EMPTY_CLAIM,
  mergeStatement,
  partitionOf,
  scopeKey,
  UNTOUCHED_ACCOUNT,
  wholeTenant,
  type ClaimState,
  type ClaimStatement,
  type SourceVersion,
  type Subject,
} from '@freshet/domain'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  alice,
  bob,
  ISSUER,
  LARGE,
  MINT_CONTRACT_NOW_MS,
  mintedToken,
  robot,
  type MintStoreUnderTest,
} from './mint-world.ts'

const version = (n: bigint, epoch = 0n): SourceVersion => ({ epoch, n })
const stated = (...statements: ClaimStatement[]): ClaimState =>
  statements.reduce(mergeStatement, EMPTY_CLAIM)

const query = (more: Partial<MintQuery> = {}): MintQuery => ({
  tenant: 'acme',
  parties: [alice],
  claims: ['groups', 'entitlements'],
  sources: ['hr', 'iga'],
  denials: [],
  ...more,
})

const progress = (partition: number, nextOffset: bigint) => ({
  partition,
  e: 1n,
  nextOffset,
  activePv: 3,
  activeHash: 'ab',
  minimumPv: 2,
})

/** What every {@link MintStore} with its {@link Ledger} must do. */
export function registerMintContract(name: string, make: () => Promise<MintStoreUnderTest>): void {
  let under: MintStoreUnderTest
  const start = async (): Promise<void> => {
    under = await make()
  }

  describe(`mint store: ${name}: snapshot`, () => {
    beforeEach(start)

    test('where nobody ever spoke, nothing is known and nothing is active', async () => {
      const snapshot = await under.store.snapshot(query())
      const nothing = { e: 0n, nextOffset: 0n, activePv: 0, activeHash: null, throughMs: new Map() }
      expect(snapshot).toEqual({
        control: nothing,
        parties: [{ partition: nothing, known: false, account: UNTOUCHED_ACCOUNT }],
        claims: new Map(),
        doubts: new Set(),
        withdrawn: new Map(),
        denied: [],
      })
    })

    test('it gives positions beyond 2^53, and elements with their versions (rule 7)', async () => {
      const state = stated(
        { op: 'set', values: ['a', 1, true], version: version(5n, 2n) },
        { op: 'remove', values: ['b'], version: version(LARGE, 2n) },
      )
      await under.seed({
        progress: [progress(0, 912n), progress(partitionOf(alice), LARGE)],
        claims: [
          { subject: alice, claim: 'groups', source: 'hr', state },
          { subject: alice, claim: 'department', source: 'hr', state: EMPTY_CLAIM },
          { subject: bob, claim: 'entitlements', source: 'iga', state: EMPTY_CLAIM },
        ],
      })
      const { control, parties, claims } = await under.store.snapshot(query())
      expect(control).toMatchObject({ e: 1n, nextOffset: 912n, activePv: 3, activeHash: 'ab' })
      expect(parties[0]).toMatchObject({ known: true, partition: { nextOffset: LARGE } })
      expect(claims).toEqual(new Map([['groups', { source: 'hr', state }]]))
    })

    test('a subject is known by its account, or by a claim that was not asked for', async () => {
      const account = {
        state: 'disabled',
        version: version(7n),
        deletedFloor: version(3n),
      } as const
      await under.seed({
        accounts: [{ subject: alice, state: account }],
        claims: [{ subject: robot, claim: 'department', source: 'hr', state: EMPTY_CLAIM }],
      })
      const { parties } = await under.store.snapshot(query({ parties: [alice, robot, bob] }))
      expect(parties.map(({ known }) => known)).toEqual([true, true, false])
      expect(parties.map((party) => party.account)).toEqual([
        account,
        UNTOUCHED_ACCOUNT,
        UNTOUCHED_ACCOUNT,
      ])
    })

    test('each party stands in its own partition (rule 24)', async () => {
      const other = ['robot', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7']
        .map((sub) => ({ ...alice, sub }))
        .find((subject) => partitionOf(subject) !== partitionOf(alice)) as Subject
      await under.seed({
        progress: [progress(partitionOf(alice), 5n), progress(partitionOf(other), 7n)],
      })
      const { parties } = await under.store.snapshot(query({ parties: [alice, other] }))
      expect(parties.map(({ partition }) => partition.nextOffset)).toEqual([5n, 7n])
    })

    test('a doubt counts once it is raised, until it is settled (rule 20)', async () => {
      const doubt = { subject: alice, offset: 1n, raised: true, settled: false }
      await under.seed({
        doubts: [
          { ...doubt, claim: 'groups', settled: true },
          { ...doubt, claim: 'entitlements' },
          { ...doubt, claim: 'entitlements', offset: 2n, settled: true },
          { ...doubt, claim: 'department' },
          { ...doubt, subject: bob, claim: 'groups' },
        ],
      })
      expect((await under.store.snapshot(query())).doubts).toEqual(new Set(['entitlements']))
      await under.seed({
        doubts: [{ ...doubt, claim: 'groups', offset: 3n, raised: false, settled: true }],
      })
      expect((await under.store.snapshot(query())).doubts).toEqual(new Set(['entitlements']))
    })

    test('a claim that moved to another source is in doubt for the whole tenant (rule 32)', async () => {
      const doubt = { claim: 'groups', offset: 1n, raised: true, settled: false }
      await under.seed({ doubts: [{ ...doubt, subject: wholeTenant('other') }] })
      expect((await under.store.snapshot(query())).doubts).toEqual(new Set())
      await under.seed({ doubts: [{ ...doubt, subject: wholeTenant('acme') }] })
      expect((await under.store.snapshot(query())).doubts).toEqual(new Set(['groups']))
    })

    test('withdrawals are of values that the subject has, in its tenant (rule 6)', async () => {
      const state = stated({ op: 'set', values: ['a', 'b'], version: version(5n) })
      const withdrawal = { tenant: 'acme', claim: 'groups', value: '"b"', version: version(LARGE) }
      await under.seed({
        claims: [{ subject: alice, claim: 'groups', source: 'hr', state }],
        withdrawn: [
          withdrawal,
          { ...withdrawal, value: '"c"' },
          { ...withdrawal, value: '"a"', tenant: 'umbrella' },
          { ...withdrawal, value: '"a"', claim: 'entitlements' },
        ],
      })
      expect((await under.store.snapshot(query())).withdrawn).toEqual(
        new Map([['groups', new Map([['"b"', version(LARGE)]])]]),
      )
    })

    test('through is told by source and partition, and is null where none counted', async () => {
      const feed = { tenant: 'acme', source: 'hr', partition: 0, throughMs: 1_000 }
      await under.seed({
        feeds: [
          feed,
          { ...feed, source: 'iga', throughMs: null },
          { ...feed, source: 'security', throughMs: 5 },
          { ...feed, tenant: 'umbrella', partition: partitionOf(alice), throughMs: 2_000 },
          { ...feed, partition: partitionOf(alice), throughMs: 3_000 },
        ],
      })
      const { control, parties } = await under.store.snapshot(query())
      expect(control.throughMs).toEqual(
        new Map([
          ['hr', 1_000],
          ['iga', null],
        ]),
      )
      expect(parties[0].partition.throughMs).toEqual(new Map([['hr', 3_000]]))
    })

    test('of snapshots that are read at the same time each is of its own subject', async () => {
      const state = stated({ op: 'set', values: ['a'], version: version(5n) })
      await under.seed({
        progress: [progress(partitionOf(alice), 5n), progress(partitionOf(bob), 7n)],
        claims: [{ subject: bob, claim: 'groups', source: 'hr', state }],
      })
      const [ofAlice, ofBob, unsaid] = await Promise.all([
        under.store.snapshot(query()),
        under.store.snapshot(query({ parties: [bob] })),
        under.store.snapshot(query({ parties: [bob], claims: ['entitlements'] })),
      ])
      expect(ofAlice.claims).toEqual(new Map())
      expect(ofBob.claims).toEqual(new Map([['groups', { source: 'hr', state }]]))
      expect(unsaid.claims).toEqual(new Map())
      expect(ofAlice.parties[0]).toMatchObject({ known: false, partition: { nextOffset: 5n } })
      expect(ofBob.parties[0]).toMatchObject({ known: true, partition: { nextOffset: 7n } })
    })

    test('it tells which of the denials asked about exist (rule 23)', async () => {
      const denial = { tenant: 'acme', kind: 'session', id: 's1' } as const
      await under.seed({ denials: [{ denial, change: 'c1' }] })
      const asked = [denial, { ...denial, kind: 'key', id: 'k1' } as const]
      const { denied } = await under.store.snapshot(query({ denials: asked }))
      expect(denied).toEqual([{ kind: 'session', id: 's1' }])
    })
  })

  describe(`mint store: ${name}: record`, () => {
    beforeEach(start)

    test('ledger and issuance say what was minted, and that it may have left', async () => {
      const minted = mintedToken('j1', {
        sid: 's1',
        parties: [
          { subject: alice, label: { e: 1n, s: LARGE, c: 912n } },
          { subject: robot, label: { e: 1n, s: 7n, c: 912n } },
        ],
        claims: new Map<string, (string | number | boolean)[]>([
          ['groups', ['a', 1, '1', true]],
          ['entitlements', []],
        ]),
      })
      await under.store.record(minted)
      expect(await under.store.find('j1', ISSUER)).toEqual({
        token: minted.token,
        audience: 'payments',
        iatMs: minted.iatMs,
        expMs: minted.expMs,
        mark: undefined,
      })
      expect(await under.issuance('j1')).toEqual({
        withheld: false,
        claims: ['groups', 'entitlements'],
        claimsDigest: 'digest',
        registryHash: 'ab',
        through: { hr: MINT_CONTRACT_NOW_MS - 100 },
      })
    })

    test('a failure before the commit leaves neither row', async () => {
      under.failNext('before-commit')
      const failure = { code: 'database.unavailable' }
      await expect(under.store.record(mintedToken('j1'))).rejects.toMatchObject(failure)
      expect(await under.store.find('j1', ISSUER)).toBeUndefined()
      expect(await under.issuance('j1')).toBeUndefined()
    })

    test('after an unknown outcome both rows may be there, and the id is never used again', async () => {
      under.failNext('unknown')
      const failure = { code: 'database.unavailable' }
      await expect(under.store.record(mintedToken('j1'))).rejects.toMatchObject(failure)
      expect(await under.store.find('j1', ISSUER)).toBeDefined()
      expect(await under.issuance('j1')).toMatchObject({ withheld: false })
      await expect(under.store.record(mintedToken('j1'))).rejects.toMatchObject({
        code: 'invariant.broken',
      })
      await under.store.record(mintedToken('j2'))
    })

    test('tokens that are recorded at the same time stand or fail each by itself', async () => {
      await under.store.record(mintedToken('j1'))
      const again = under.store.record(mintedToken('j1'))
      const others = ['j2', 'j3'].map((jti) => under.store.record(mintedToken(jti)))
      await expect(again).rejects.toMatchObject({ code: 'invariant.broken' })
      await Promise.all(others)
      expect(await under.store.find('j2', ISSUER)).toBeDefined()
      expect(await under.issuance('j3')).toMatchObject({ withheld: false })
    })

    test('an id that nobody minted is not found', async () => {
      expect(await under.store.find('nobody', ISSUER)).toBeUndefined()
    })
  })

  describe(`mint store: ${name}: look`, () => {
    beforeEach(start)

    test('it sees what was recorded before it, each scope by its own name (rule 5)', async () => {
      const scope = { kind: 'subject', subject: alice, claim: 'groups' } as const
      const value = { kind: 'value', tenant: 'acme', claim: 'groups', value: 'a' } as const
      const denial = { tenant: 'acme', kind: 'key', id: 'k1' } as const
      const cause = { source: 'hr', change: 'c1' }
      await under.seed({
        progress: [progress(0, 5n)],
        feeds: [{ tenant: 'acme', source: 'hr', partition: 0, throughMs: 1_000 }],
        watermarks: [
          { scope, position: { e: 1n, offset: LARGE }, ...cause },
          { scope: { ...scope, subject: bob }, position: { e: 1n, offset: 1n }, ...cause },
        ],
        denials: [{ denial, change: 'c2' }],
      })
      const answer = await under.store.look({
        tenant: 'acme',
        partitions: [0, 1],
        scopeKeys: [scope, value].map(scopeKey),
        denialKeys: [denialKey(denial)],
        sources: ['hr'],
      })
      expect(answer.watermarks).toEqual(
        new Map([[scopeKey(scope), { position: { e: 1n, offset: LARGE }, ...cause }]]),
      )
      expect([...answer.denials]).toMatchObject([[denialKey(denial), { change: 'c2' }]])
      const known = { e: 1n, activePv: 3, activeHash: 'ab', minimumPv: 2 }
      expect(answer.partitions).toEqual(
        new Map([[0, { ...known, throughMs: new Map([['hr', 1_000]]) }]]),
      )
    })

    test('a token that is withheld is marked, and its issuance says so', async () => {
      const minted = mintedToken('j1')
      const mark = { atMs: 5, reason: 'claim-changed', source: 'hr', change: 'c1' }
      await under.store.record(minted)
      await under.store.withhold({ jti: 'j1', expMs: minted.expMs }, mark)
      await under.store.withhold({ jti: 'j1', expMs: minted.expMs }, { ...mark, change: 'c2' })
      expect(await under.store.find('j1', ISSUER)).toMatchObject({ mark })
      expect(await under.issuance('j1')).toMatchObject({ withheld: true })
    })
  })
}
