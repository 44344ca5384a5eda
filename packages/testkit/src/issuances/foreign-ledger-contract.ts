import {
  claimMapOf,
  foreignToken,
  invariant,
  scopeKey,
  type Denial,
  type ForeignIssuance,
  type ForeignToken,
  type Scope,
} from '@freshet/protocol'
import type { ForeignLedger } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'
import { acmeRegistry } from '../acme-registry.ts'
import { foreignIssuer } from './foreign-issuer.ts'
import { AMY } from '../recorder/recorder-world.ts'

/** A ledger under test, and what a test may plant behind it. */
export interface ForeignLedgerUnderTest {
  readonly ledger: ForeignLedger
  /** A watermark whose time was raised by `timed`, where that is another than who raised its position. */
  plantWatermark(key: string, timeMs: number, change: string, timed?: string): Promise<void>
  plantDenial(denial: Denial, change: string): Promise<void>
  plantChange(id: string): Promise<void>
  /** Marked tokens as `jti reason change`, sorted. */
  stale(): Promise<readonly string[]>
  /** Returns the number of tokens that the change marked. */
  markedBy(id: string): Promise<number>
}

const NOW = 1_795_514_400_000
const map = claimMapOf(acmeRegistry({ issuers: new Map([['sts', foreignIssuer()]]) }))
const { marginMs, issuer } = foreignIssuer()

/** A token of Amy by the example issuer. */
export function issuedByForeign(jti: string, more: Partial<ForeignIssuance> = {}): ForeignToken {
  const members = { issuer, jti, subject: AMY, client: 'web', audience: 'payments', kid: 'k1' }
  const issuance = { ...members, iatMs: NOW, expMs: NOW + 300_000, claims: ['groups'], ...more }
  const terms = map.issuers?.get(issuer)
  const token = terms && foreignToken(issuance, terms, map)
  invariant(token, 'The token is within the terms of its issuer.')
  return token
}

/** Checks every {@link ForeignLedger}. */
export function registerForeignLedgerContract(
  name: string,
  make: () => Promise<ForeignLedgerUnderTest>,
): void {
  let under: ForeignLedgerUnderTest
  let ledger: ForeignLedger
  const groups: Scope = { kind: 'subject', subject: AMY, claim: 'groups' }
  const markAll = (nowMs = NOW + 1): Promise<{ marked: number }> => ledger.mark(null, 100, nowMs)

  describe(`foreign ledger: ${name}`, () => {
    beforeEach(async () => {
      under = await make()
      ;({ ledger } = under)
    })

    test('remembers how far each partition was read, and never goes back', async () => {
      expect(await ledger.positions()).toEqual(new Map())
      await ledger.record(3, 7n, [])
      await ledger.record(3, 5n, [])
      await ledger.record(4, 1n, [])
      expect(await ledger.positions()).toEqual(
        new Map([
          [3, 7n],
          [4, 1n],
        ]),
      )
    })

    test('marks what was issued up to the margin after a time, and counts it with the change', async () => {
      await ledger.record(1, 1n, [
        issuedByForeign('before', { iatMs: NOW - marginMs, expMs: NOW + 2_000 }),
        issuedByForeign('at', { iatMs: NOW }),
        issuedByForeign('after', { iatMs: NOW + 1 }),
        issuedByForeign('without', { claims: [] }),
      ])
      await under.plantChange('hr-1')
      await under.plantWatermark(scopeKey(groups), NOW - marginMs, 'hr-0', 'hr-1')
      expect(await markAll()).toMatchObject({ marked: 2, cursor: null })
      expect(await under.stale()).toEqual(['at claim-changed hr-1', 'before claim-changed hr-1'])
      expect(await under.markedBy('hr-1')).toBe(2)
      // A second look finds nothing more, and what comes to be known later is found then.
      await ledger.record(1, 2n, [issuedByForeign('late', { iatMs: NOW - 1, expMs: NOW + 2_000 })])
      expect(await markAll()).toMatchObject({ marked: 1 })
      expect(await under.markedBy('hr-1')).toBe(3)
    })

    test('names the change that raised the position where that raised the time too', async () => {
      await ledger.record(1, 1n, [issuedByForeign('a')])
      const account: Scope = { kind: 'account', subject: AMY }
      await under.plantWatermark(scopeKey(account), NOW, 'hr-2')
      await markAll()
      expect(await under.stale()).toEqual(['a account hr-2'])
    })

    test('marks what is denied, whenever it was issued; the first mark stays (S10)', async () => {
      await ledger.record(1, 1n, [issuedByForeign('a'), issuedByForeign('b')])
      await under.plantDenial({ tenant: 'acme', kind: 'token', id: 'b' }, 'd-1')
      await markAll()
      expect(await under.stale()).toEqual(['b token-denied d-1'])
      await under.plantWatermark(scopeKey(groups), NOW, 'hr-1')
      await markAll()
      expect(await under.stale()).toEqual(['a claim-changed hr-1', 'b token-denied d-1'])
    })

    test('looks at a limited number at once, behind the cursor, and at none that expired', async () => {
      await ledger.record(1, 1n, [
        issuedByForeign('a'),
        issuedByForeign('b', { expMs: NOW + 1 }),
        issuedByForeign('c'),
      ])
      await under.plantWatermark(scopeKey(groups), NOW, 'hr-1')
      const first = await ledger.mark(null, 1, NOW + 1)
      expect(first).toEqual({ marked: 1, cursor: { issuer, jti: 'a' } })
      expect(await ledger.mark(first.cursor, 5, NOW + 1)).toEqual({ marked: 1, cursor: null })
      expect(await under.stale()).toEqual(['a claim-changed hr-1', 'c claim-changed hr-1'])
    })

    test('keeps the first mark of a token', async () => {
      await ledger.record(1, 1n, [issuedByForeign('a')])
      await ledger.record(1, 2n, [issuedByForeign('a', { iatMs: NOW + 9_000 })])
      await under.plantWatermark(scopeKey(groups), NOW, 'hr-1')
      expect(await markAll()).toMatchObject({ marked: 1 })
    })
  })
}
