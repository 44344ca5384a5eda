import type { ValidationQuery } from '@freshet/authority'
import { denialKey, scopeKey } from '@freshet/domain'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  alice,
  ASKS_NOTHING,
  LARGE,
  MINT_CONTRACT_NOW_MS,
  mintedToken,
  progress,
  type MintStoreUnderTest,
} from './mint-world.ts'

const scope = { kind: 'subject', subject: alice, claim: 'groups' } as const
const denial = { tenant: 'acme', kind: 'key', id: 'k1' } as const
const EXP_MS = MINT_CONTRACT_NOW_MS + 300_000

const query: ValidationQuery = {
  tenant: 'acme',
  jti: 'j1',
  expMs: EXP_MS,
  partitions: [0, 3],
  scopeKeys: [scopeKey(scope)],
  denialKeys: [denialKey(denial)],
  sources: ['hr'],
}

/** What every {@link ValidationStore} must do. */
export function registerValidationContract(
  name: string,
  make: () => Promise<MintStoreUnderTest>,
): void {
  describe(`validation store: ${name}`, () => {
    let under: MintStoreUnderTest
    beforeEach(async () => {
      under = await make()
    })
    const look = (more: Partial<ValidationQuery> = {}) =>
      under.validation.lookToValidate({ ...query, ...more })

    test('tells positions, watermarks, denials and `through` together (rule 40)', async () => {
      await under.seed({
        progress: [progress(0, 5n), { ...progress(3, LARGE), e: 2n }, progress(4, 9n)],
        feeds: [{ tenant: 'acme', source: 'hr', partition: 0, throughMs: 1_000 }],
        watermarks: [{ scope, position: { e: 1n, offset: LARGE }, source: 'hr', change: 'c1' }],
        denials: [{ denial, change: 'c2' }],
      })
      const answer = await look()
      expect(answer.positions).toEqual(
        new Map([
          [0, { e: 1n, offset: 5n }],
          [3, { e: 2n, offset: LARGE }],
        ]),
      )
      const { isKnown: _known, positions: _positions, ...known } = answer
      expect(known).toEqual(await under.store.look(query))
      expect([known.watermarks.size, known.denials.size, known.partitions.size]).toEqual([1, 1, 2])
      expect(known.partitions.get(0)?.throughMs.get('hr')).toBe(1_000)
    })

    test('has no position where nothing was ever recorded', async () => {
      expect((await look()).positions).toEqual(new Map())
    })

    test('knows a token that was recorded, by id, tenant and expiry', async () => {
      expect((await look()).isKnown).toBe(false)
      // What is minted expires at a millisecond; tokens say whole seconds.
      await under.store.recordAndLook({ ...mintedToken('j1'), expMs: EXP_MS + 789 }, ASKS_NOTHING)
      expect((await look()).isKnown).toBe(true)
      expect((await look({ jti: 'j2' })).isKnown).toBe(false)
      expect((await look({ tenant: 'globex' })).isKnown).toBe(false)
      expect((await look({ expMs: EXP_MS + 1_000 })).isKnown).toBe(false)
      expect((await look({ expMs: EXP_MS - 1_000 })).isKnown).toBe(false)
    })

    test('answers each of many questions of one moment for itself', async () => {
      await under.store.recordAndLook(mintedToken('j1'), ASKS_NOTHING)
      const answers = await Promise.all(['j1', 'j2', 'j1'].map((jti) => look({ jti })))
      expect(answers.map(({ isKnown }) => isKnown)).toEqual([true, false, true])
    })

    test('that cannot be asked fails', async () => {
      under.failNext('before-commit')
      await expect(look()).rejects.toMatchObject({ code: 'database.unavailable' })
    })
  })
}
