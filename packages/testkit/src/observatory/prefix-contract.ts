import { subjectKey } from '@freshet/protocol'
import type { LoggedChange, PrefixStore } from '@freshet/insight'
import { beforeEach, describe, expect, test } from 'vitest'
import { loggedChange } from './logged-change.ts'

/** A store of ids, and functions that store records in its database. */
export interface PrefixUnderTest {
  readonly store: PrefixStore
  seedChange(change: LoggedChange): Promise<void>
  /** An issuance record for the audience `payments` of the tenant `acme`. */
  seedToken(jti: string): Promise<void>
  /** One claim of a subject of the tenant `acme`. */
  seedClaim(subject: string, claim: string): Promise<void>
  /** An open record. */
  seedQuarantined(id: string): Promise<void>
  seedEntry(ref: string): Promise<void>
}

const keyOf = (sub: string): string => subjectKey({ tenant: 'acme', iss: 'https://idp', sub })
const beginOf = (sub: string): string => keyOf(sub).slice(0, -2)

/** Checks every {@link PrefixStore}. */
export function registerPrefixContract(name: string, make: () => Promise<PrefixUnderTest>): void {
  describe(`prefix store: ${name}`, () => {
    let under: PrefixUnderTest
    beforeEach(async () => {
      under = await make()
    })

    test('changes by the beginning of their ids, each once, in their order', async () => {
      for (const id of ['hr-2', 'hr-11', 'iga-1', 'hr-1'])
        await under.seedChange(loggedChange({ id }))
      await under.seedChange(loggedChange({ id: 'hr-1', partition: 4 }))
      const found = await under.store.changes('hr-1', 10)
      const of = { tenant: 'acme', kind: 'claim', op: 'remove', claim: 'groups' }
      expect(found).toEqual([
        { id: 'hr-1', ...of, outcome: 'applied' },
        { id: 'hr-11', ...of, outcome: 'applied' },
      ])
      expect((await under.store.changes('hr-', 2)).map(({ id }) => id)).toEqual(['hr-1', 'hr-11'])
      expect(await under.store.changes('HR-1', 10)).toEqual([])
    })

    test('tokens, quarantined records and objects of the audit in the same way', async () => {
      for (const id of ['b-1', 'a-2', 'a-1']) {
        await under.seedToken(id)
        await under.seedQuarantined(id)
        for (const _ of [1, 2]) await under.seedEntry(id)
      }
      expect(await under.store.tokens('a', 10)).toEqual([
        { jti: 'a-1', tenant: 'acme', audience: 'payments' },
        { jti: 'a-2', tenant: 'acme', audience: 'payments' },
      ])
      expect(await under.store.quarantined('a-', 1)).toEqual([{ id: 'a-1', state: 'open' }])
      expect(await under.store.audited('a', 10)).toEqual(['a-1', 'a-2'])
    })

    test('subjects by the beginning of their keys, each once, however many claims they have', async () => {
      for (const sub of ['alice', 'alina', 'bob', 'al"x']) {
        await under.seedClaim(keyOf(sub), 'groups')
        await under.seedClaim(keyOf(sub), 'roles')
      }
      const found = (subs: readonly string[], limit: number) =>
        under.store.subjects(subs.map(beginOf), limit)
      expect(await found(['ali'], 10)).toEqual([keyOf('alice'), keyOf('alina')])
      expect(await found(['ali', 'b'], 10)).toEqual(['alice', 'alina', 'bob'].map(keyOf))
      expect(await found(['al"'], 10)).toEqual([keyOf('al"x')])
      expect(await found(['ali', 'b'], 1)).toEqual([keyOf('alice')])
      expect(await found([], 10)).toEqual([])
    })

    test('text that is a pattern elsewhere is text', async () => {
      await under.seedChange(loggedChange({ id: 'hr-1' }))
      for (const text of ['%', '_r', 'hr%', '\\']) {
        expect(await under.store.changes(text, 10)).toEqual([])
      }
    })
  })
}
