import type { RecheckQuery, MintedToken } from '@freshet/authority'
import { denialKey, scopeKey, subjectKey } from '@freshet/protocol'
import { issuanceDigest, type IssuanceFacts } from '@freshet/wire'
import { beforeEach, describe, expect, test } from 'vitest'
import { registerMintSnapshotContract } from './mint-snapshot-contract.ts'
import {
  alice,
  ASKS_NOTHING,
  mintAuditEntry,
  bob,
  ISSUER,
  LARGE,
  MINT_CONTRACT_NOW_MS,
  mintedToken,
  progress,
  robot,
  type MintStoreUnderTest,
} from './mint-world.ts'

/** Checks every {@link MintStore} with its {@link Ledger}. */
export function registerMintContract(name: string, make: () => Promise<MintStoreUnderTest>): void {
  let under: MintStoreUnderTest
  const start = async (): Promise<void> => {
    under = await make()
  }
  const record = async (minted: MintedToken): Promise<void> => {
    await under.store.recordAndRecheck(minted, ASKS_NOTHING)
  }

  registerMintSnapshotContract(name, make)

  describe(`mint store: ${name}: record`, () => {
    beforeEach(start)

    test('ledger and issuance record the minted content, and that it can have left', async () => {
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
      await record(minted)
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
        salt: 'salt of j1',
        registryHash: 'ab',
        through: { hr: MINT_CONTRACT_NOW_MS - 100 },
      })
      expect(await under.audited()).toEqual([minted.audit])
    })

    test('the issuance is stored with the digest of the audit', async () => {
      const minted = mintedToken('j1')
      await record(minted)
      const digest = issuanceDigest(factsOf(minted), minted.salt)
      expect(await under.audit.issuances(['j1', 'j2'])).toEqual(new Map([['j1', digest]]))
    })

    test('what a token leaves out stands in the ledger, and in the issuance that the audit seals', async () => {
      const omitted = new Map([
        ['limits', 'over'],
        ['roles', 'unverified'],
      ] as const)
      const leaving = mintedToken('j1', { omitted })
      await record(leaving)
      await record(mintedToken('j2'))
      expect((await under.store.find('j1', ISSUER))?.token).toEqual(leaving.token)
      expect((await under.store.find('j2', ISSUER))?.token).not.toHaveProperty('omitted')
      const digests = await under.audit.issuances(['j1', 'j2'])
      const stated = { ...factsOf(leaving), over: ['limits'], omitted: ['roles'] }
      expect(digests.get('j1')).toBe(issuanceDigest(stated, leaving.salt))
      expect(digests.get('j1')).not.toBe(issuanceDigest(factsOf(leaving), leaving.salt))
      const whole = mintedToken('j2')
      expect(digests.get('j2')).toBe(issuanceDigest(factsOf(whole), whole.salt))
    })

    test('a failure before the commit leaves neither row, nor an entry of the audit', async () => {
      under.failNext('before-commit')
      const failure = { code: 'database.unavailable' }
      await expect(record(mintedToken('j1'))).rejects.toMatchObject(failure)
      expect(await under.store.find('j1', ISSUER)).toBeUndefined()
      expect(await under.issuance('j1')).toBeUndefined()
      expect(await under.audited()).toEqual([])
    })

    test('after an unknown outcome both rows may be there, and the id is never used again', async () => {
      under.failNext('unknown')
      const failure = { code: 'database.unavailable' }
      await expect(record(mintedToken('j1'))).rejects.toMatchObject(failure)
      expect(await under.store.find('j1', ISSUER)).toBeDefined()
      expect(await under.issuance('j1')).toMatchObject({ withheld: false })
      await expect(record(mintedToken('j1'))).rejects.toMatchObject({
        code: 'invariant.broken',
      })
      await record(mintedToken('j2'))
    })

    test('tokens that are recorded at the same time stand or fail each by itself', async () => {
      await record(mintedToken('j1'))
      const again = record(mintedToken('j1'))
      const others = ['j2', 'j3'].map((jti) => record(mintedToken(jti)))
      await expect(again).rejects.toMatchObject({ code: 'invariant.broken' })
      await Promise.all(others)
      expect(await under.store.find('j2', ISSUER)).toBeDefined()
      expect(await under.issuance('j3')).toMatchObject({ withheld: false })
    })

    test('an id that was never minted is not found', async () => {
      expect(await under.store.find('nobody', ISSUER)).toBeUndefined()
    })
  })

  describe(`mint store: ${name}: look`, () => {
    beforeEach(start)

    const scope = { kind: 'subject', subject: alice, claim: 'groups' } as const
    const value = { kind: 'value', tenant: 'acme', claim: 'groups', value: 'a' } as const
    const denial = { tenant: 'acme', kind: 'key', id: 'k1' } as const
    const cause = { source: 'hr', change: 'c1' }
    const query: RecheckQuery = {
      tenant: 'acme',
      partitions: [0, 1],
      scopeKeys: [scope, value].map(scopeKey),
      denialKeys: [denialKey(denial)],
      sources: ['hr'],
    }
    const plant = (): Promise<void> =>
      under.seed({
        progress: [progress(0, 5n)],
        feeds: [{ tenant: 'acme', source: 'hr', partition: 0, throughMs: 1_000 }],
        watermarks: [
          { scope, position: { e: 1n, offset: LARGE }, ...cause },
          { scope: { ...scope, subject: bob }, position: { e: 1n, offset: 1n }, ...cause },
        ],
        denials: [{ denial, change: 'c2' }],
      })

    test('it sees what was recorded before it, each scope by its own name (rule 5)', async () => {
      await plant()
      const answer = await under.store.recheck(query)
      expect(answer.watermarks).toEqual(
        new Map([[scopeKey(scope), { position: { e: 1n, offset: LARGE }, ...cause }]]),
      )
      expect([...answer.denials]).toMatchObject([[denialKey(denial), { change: 'c2' }]])
      const known = { e: 1n, activePv: 3, activeHash: 'ab', minimumPv: 2 }
      expect(answer.partitions).toEqual(
        new Map([[0, { ...known, throughMs: new Map([['hr', 1_000]]) }]]),
      )
    })

    test('a recorder gets the answer of a recheck after it, each by its own query', async () => {
      await plant()
      const [own, none] = await Promise.all([
        under.store.recordAndRecheck(mintedToken('j1'), query),
        under.store.recordAndRecheck(mintedToken('j2'), ASKS_NOTHING),
      ])
      expect(own).toEqual(await under.store.recheck(query))
      expect(none).toEqual({ partitions: new Map(), watermarks: new Map(), denials: new Map() })
    })

    test('a token that is withheld is marked, and its issuance and the audit have it', async () => {
      const minted = mintedToken('j1')
      const mark = { atMs: 5, reason: 'claim-changed', source: 'hr', change: 'c1' }
      await record(minted)
      const withheld = {
        jti: 'j1',
        expMs: minted.expMs,
        audit: mintAuditEntry('token-withheld', 'j1'),
      }
      await under.store.withhold(withheld, mark)
      await under.store.withhold(withheld, { ...mark, change: 'c2' })
      expect(await under.store.find('j1', ISSUER)).toMatchObject({ mark })
      expect(await under.issuance('j1')).toMatchObject({ withheld: true })
      expect((await under.audited()).slice(0, 2)).toEqual([minted.audit, withheld.audit])
    })
  })
}

/** The content of the issuance record of the suite's token. */
function factsOf({
  token,
  throughMs: through,
  present: claims,
  ...minted
}: MintedToken): IssuanceFacts {
  const { jti, tenant, client, kid, pv } = token
  const { audience, registryHash, iatMs, expMs, claimsDigest } = minted
  const label = { e: 1n, s: LARGE, c: 912n }
  const who = { jti, tenant, subject: subjectKey(alice), client, audience, kid, pv, ...label }
  return { ...who, registryHash, iatMs, expMs, claims, claimsDigest, through }
}
