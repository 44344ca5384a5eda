import type { LedgerIdentity, RecheckQuery, MintedToken, ValidationQuery } from '@freshet/authority'
import {
  denialKey,
  EMPTY_CLAIM,
  mergeStatement,
  scopeKey,
  subjectKey,
  type ClaimValue,
} from '@freshet/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  alice,
  ASKS_NOTHING,
  bob,
  LARGE,
  MINT_CONTRACT_NOW_MS,
  mintedToken,
  progress,
  robot,
  type MintSeed,
  type MintStoreUnderTest,
} from './mint-world.ts'

const scope = { kind: 'subject', subject: alice, claim: 'groups' } as const
const denial = { tenant: 'acme', kind: 'key', id: 'k1' } as const
const EXP_MS = MINT_CONTRACT_NOW_MS + 300_000

const valueScope = (value: ClaimValue): string =>
  scopeKey({ kind: 'value', tenant: 'acme', claim: 'groups', value })

/** The identity in the token of `mintedToken`. */
const identity: LedgerIdentity = {
  jti: 'j1',
  client: 'web',
  sid: null,
  kid: 'k1',
  pv: 3,
  subject: subjectKey(alice),
  actors: [],
  e: 1n,
  s: LARGE,
  c: 912n,
  actorPositions: [],
  valueScopes: ['a', 'b'].map(valueScope),
}

const known: RecheckQuery = {
  tenant: 'acme',
  partitions: [0, 3],
  scopeKeys: [scopeKey(scope)],
  denialKeys: [denialKey(denial)],
  sources: ['hr'],
}
const query: ValidationQuery = { ...known, identity, expMs: EXP_MS }

const first = { epoch: 0n, n: 5n }
const unsettled = {
  subject: alice,
  claim: 'entitlements',
  offset: 1n,
  raised: true,
  settled: false,
}

/** Alice is in two groups, one of which was withdrawn; her entitlements are in doubt. */
const STATED: MintSeed = {
  claims: [
    {
      subject: alice,
      claim: 'groups',
      source: 'hr',
      state: mergeStatement(EMPTY_CLAIM, { op: 'set', values: ['a', 'b'], version: first }),
    },
  ],
  accounts: [
    {
      subject: alice,
      state: {
        state: 'enabled',
        source: 'hr',
        version: first,
        deletedFloor: first,
        deletedBy: 'hr',
      },
    },
  ],
  doubts: [unsettled],
  withdrawn: [{ tenant: 'acme', claim: 'groups', value: '"b"', version: { epoch: 0n, n: LARGE } }],
}

/** Checks every {@link ValidationStore}. */
export function registerValidationContract(
  name: string,
  make: () => Promise<MintStoreUnderTest>,
): void {
  describe(`validation store: ${name}`, () => {
    let under: MintStoreUnderTest
    beforeEach(async () => {
      under = await make()
    })
    const record = (minted: MintedToken) => under.store.recordAndRecheck(minted, ASKS_NOTHING)
    const recheck = (more: Partial<ValidationQuery> = {}) =>
      under.validation.recheckToValidate({ ...query, ...more })

    test('returns positions, watermarks, denials and `through` together (rule 40)', async () => {
      await under.seed({
        progress: [progress(0, 5n), { ...progress(3, LARGE), e: 2n }, progress(4, 9n)],
        feeds: [{ tenant: 'acme', source: 'hr', partition: 0, throughMs: 1_000 }],
        watermarks: [{ scope, position: { e: 1n, offset: LARGE }, source: 'hr', change: 'c1' }],
        denials: [{ denial, change: 'c2' }],
      })
      const answer = await recheck()
      expect(answer.positions).toEqual(
        new Map([
          [0, { e: 1n, offset: 5n }],
          [3, { e: 2n, offset: LARGE }],
        ]),
      )
      const { isKnown: _known, positions: _positions, ...rechecked } = answer
      expect(rechecked).toEqual(await under.store.recheck(known))
      expect([
        rechecked.watermarks.size,
        rechecked.denials.size,
        rechecked.partitions.size,
      ]).toEqual([1, 1, 2])
      expect(rechecked.partitions.get(0)?.throughMs.get('hr')).toBe(1_000)
    })

    test('has no position where nothing was ever recorded', async () => {
      expect((await recheck()).positions).toEqual(new Map())
    })

    test('knows a token that was recorded, of its tenant and in the second that it names', async () => {
      expect((await recheck()).isKnown).toBe(false)
      // A mint expires at a millisecond; tokens have whole seconds.
      await record({ ...mintedToken('j1'), expMs: EXP_MS + 789 })
      expect((await recheck()).isKnown).toBe(true)
      expect((await recheck({ tenant: 'globex' })).isKnown).toBe(false)
      expect((await recheck({ expMs: EXP_MS + 1_000 })).isKnown).toBe(false)
      expect((await recheck({ expMs: EXP_MS - 1_000 })).isKnown).toBe(false)
    })

    test.each<Partial<LedgerIdentity>>([
      { jti: 'j2' },
      { client: 'other' },
      { sid: 's1' },
      { kid: 'k2' },
      { pv: 4 },
      { subject: subjectKey(bob) },
      { actors: [subjectKey(robot)], actorPositions: [7n] },
      { e: 2n },
      { s: LARGE + 1n },
      { c: 913n },
      { valueScopes: ['a', 'b', 'admins'].map(valueScope) },
    ])('does not know a token with another content: %o', async (other) => {
      await record(mintedToken('j1'))
      expect((await recheck()).isKnown).toBe(true)
      expect((await recheck({ identity: { ...identity, ...other } })).isKnown).toBe(false)
    })

    test('knows a token of an actor, a session and values of every kind', async () => {
      const values = ['a', 1, '1', true]
      const label = { e: 1n, s: LARGE, c: 912n }
      await record(
        mintedToken('j1', {
          sid: 's1',
          parties: [
            { subject: alice, label },
            { subject: robot, label: { ...label, s: 7n } },
          ],
          claims: new Map([['groups', values]]),
        }),
      )
      const delegated = { actors: [subjectKey(robot)], actorPositions: [7n] }
      const recorded = { ...identity, ...delegated, sid: 's1', valueScopes: values.map(valueScope) }
      expect((await recheck({ identity: recorded })).isKnown).toBe(true)
      const other = { ...recorded, actorPositions: [8n] }
      expect((await recheck({ identity: other })).isKnown).toBe(false)
    })

    test('returns with the same recheck the present values of the subject, as a mint reads them', async () => {
      await under.seed(STATED)
      const claims = ['groups', 'entitlements', 'unsaid']
      const { partiesState } = await recheck({ wantedState: { parties: [alice], claims } })
      const minting = {
        tenant: 'acme',
        parties: [alice] as const,
        claims,
        sources: [],
        denials: [],
      }
      const {
        claims: snapshotClaims,
        doubts,
        withdrawn,
        parties,
      } = await under.store.snapshot(minting)
      expect(partiesState).toEqual({
        claims: snapshotClaims,
        doubts,
        withdrawn,
        parties: [{ account: parties[0].account }],
      })
      expect([...snapshotClaims.keys()]).toEqual(['groups'])
      expect([doubts, withdrawn.size]).toEqual([new Set(['entitlements']), 1])
      expect(
        (await recheck({ wantedState: { parties: [bob], claims } })).partiesState?.claims.size,
      ).toBe(0)
    })

    test('returns what the sources state of each party, the actors apart, as a mint reads it', async () => {
      await under.seed(STATED)
      const claims = ['groups', 'entitlements']
      const { partiesState } = await recheck({ wantedState: { parties: [bob, alice], claims } })
      const minting = { tenant: 'acme', parties: [bob, alice] as const, claims }
      const read = await under.store.snapshot({ ...minting, sources: [], denials: [] })
      const [subject, actor] = read.parties
      const { account, claims: held, doubts, withdrawn } = actor ?? expect.unreachable()
      expect(partiesState?.parties).toEqual([
        { account: subject.account },
        { account, claims: held, doubts, withdrawn },
      ])
      expect([partiesState?.claims.size, [...held.keys()], withdrawn.size]).toEqual([
        0,
        ['groups'],
        1,
      ])
    })

    test('returns nothing that was not asked', async () => {
      await under.seed(STATED)
      expect(await recheck()).not.toHaveProperty('partiesState')
    })

    test('answers each of many questions of one moment for itself', async () => {
      await record(mintedToken('j1'))
      const answers = await Promise.all(
        ['j1', 'j2', 'j1'].map((jti) => recheck({ identity: { ...identity, jti } })),
      )
      expect(answers.map(({ isKnown }) => isKnown)).toEqual([true, false, true])
    })

    test('that cannot be asked fails', async () => {
      under.failNext('before-commit')
      await expect(recheck()).rejects.toMatchObject({ code: 'database.unavailable' })
    })
  })
}
