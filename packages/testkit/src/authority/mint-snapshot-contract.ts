import type { MintQuery } from '@freshet/authority'
import {
  EMPTY_CLAIM,
  mergeStatement,
  partitionOf,
  UNTOUCHED_ACCOUNT,
  wholeTenant,
  type ClaimState,
  type ClaimStatement,
  type SourceVersion,
  type Subject,
} from '@freshet/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { alice, bob, LARGE, progress, robot, type MintStoreUnderTest } from './mint-world.ts'

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

/** Checks the content of every {@link MintStore}'s snapshot. */
export function registerMintSnapshotContract(
  name: string,
  make: () => Promise<MintStoreUnderTest>,
): void {
  let under: MintStoreUnderTest

  describe(`mint store: ${name}: snapshot`, () => {
    beforeEach(async () => {
      under = await make()
    })

    test('without a heartbeat nothing is known and nothing is active', async () => {
      const snapshot = await under.store.snapshot(query())
      const nothing = {
        e: 0n,
        nextOffset: 0n,
        activePv: 0,
        activeHash: null,
        throughMs: new Map(),
        statedAccounts: new Set(),
      }
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
        source: 'hr',
        version: version(7n),
        deletedFloor: version(3n),
        deletedBy: 'iga',
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

    test('it has the time of the last loss of the account of each party', async () => {
      const cause = { position: { e: 1n, offset: 5n }, source: 'hr', change: 'c1' }
      await under.seed({
        watermarks: [
          { scope: { kind: 'account', subject: alice }, timeMs: 7_000, ...cause },
          { scope: { kind: 'subject', subject: bob, claim: 'groups' }, timeMs: 9_000, ...cause },
        ],
      })
      const { parties } = await under.store.snapshot(query({ parties: [bob, alice] }))
      expect(parties.map(({ accountEndedMs }) => accountEndedMs)).toEqual([undefined, 7_000])
    })

    test('a claim is in doubt that a full statement has ended and the walk has not reached', async () => {
      const statedAt = (n: bigint): ClaimState =>
        stated({ op: 'set', values: ['a'], version: version(n) })
      const feed = { tenant: 'acme', source: 'hr', partition: partitionOf(alice), throughMs: 5 }
      await under.seed({
        progress: [progress(partitionOf(alice), 5n)],
        claims: [
          { subject: alice, claim: 'groups', source: 'hr', state: statedAt(4n) },
          { subject: alice, claim: 'department', source: 'hr', state: statedAt(7n) },
          { subject: alice, claim: 'entitlements', source: 'iga', state: statedAt(4n) },
        ],
        feeds: [{ ...feed, walksTo: version(7n) }],
      })
      const claims = ['groups', 'department', 'entitlements']
      expect((await under.store.snapshot(query({ claims }))).doubts).toEqual(new Set(['groups']))
      const other = query({ claims: ['department', 'entitlements'] })
      expect((await under.store.snapshot(other)).doubts).toEqual(new Set())
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

    test('the facts of each party are its own, in the one snapshot (rule 4)', async () => {
      const [ofAlice, ofRobot] = [
        ['a', 'w'],
        ['b', 'w'],
      ].map((values) => stated({ op: 'set', values, version: version(5n) }))
      if (ofAlice === undefined || ofRobot === undefined) throw new Error('two states')
      const doubt = { offset: 1n, raised: true, settled: false }
      const withdrawn = { tenant: 'acme', claim: 'groups', value: '"b"', version: version(9n) }
      await under.seed({
        claims: [
          { subject: alice, claim: 'groups', source: 'hr', state: ofAlice },
          { subject: robot, claim: 'groups', source: 'hr', state: ofRobot },
          { subject: bob, claim: 'groups', source: 'hr', state: ofRobot },
        ],
        doubts: [
          { ...doubt, subject: robot, claim: 'entitlements' },
          { ...doubt, subject: wholeTenant('acme'), claim: 'groups', offset: 2n },
        ],
        withdrawn: [withdrawn],
      })
      const snapshot = await under.store.snapshot(query({ parties: [alice, robot] }))
      const { claims, doubts, withdrawn: gone } = snapshot
      expect({ claims, doubts, gone }).toEqual({
        claims: new Map([['groups', { source: 'hr', state: ofAlice }]]),
        doubts: new Set(['groups']),
        gone: new Map(),
      })
      expect(snapshot.parties[1]).toMatchObject({
        claims: new Map([['groups', { source: 'hr', state: ofRobot }]]),
        doubts: new Set(['groups', 'entitlements']),
        withdrawn: new Map([['groups', new Map([['"b"', version(9n)]])]]),
      })
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

    test('through is returned by source and partition, and is null where none counted', async () => {
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

    test('each of several snapshots at the same time has its own subject', async () => {
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

    test('it returns the existing ones of the requested denials (rule 23)', async () => {
      const denial = { tenant: 'acme', kind: 'session', id: 's1' } as const
      await under.seed({ denials: [{ denial, change: 'c1' }] })
      const denials = [denial, { ...denial, kind: 'key', id: 'k1' } as const]
      const { denied } = await under.store.snapshot(query({ denials }))
      expect(denied).toEqual([{ kind: 'session', id: 's1' }])
    })
  })
}
