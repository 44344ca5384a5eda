import type { AccountState, Subject } from '@freshet/protocol'
import { decodeAuditEntry, erasedEntry } from '@freshet/wire'
import type { ErasureOutcome, ErasureStore } from '@freshet/intake'
import { beforeEach, describe, expect, test } from 'vitest'
import { ACME_IDP } from '../acme-registry.ts'

/** A row of a store, as text; bytes in hex. */
export interface StoredRow {
  readonly table: string
  readonly text: string
}

/** A store under test, and the rows behind it. */
export interface ErasureUnderTest {
  readonly store: ErasureStore
  /** Tables in which a subject can be named, sorted. */
  readonly everywhere: readonly string[]
  /** A row of a subject, whose account is deleted, in each of them; its changes have that id. */
  plant(subject: Subject, change: string): Promise<void>
  /** A token of a subject in which another one acts. */
  plantShared(subject: Subject, actor: Subject): Promise<void>
  /** Saves the recorder's state of an account; `undefined`: without any event. */
  putAccount(subject: Subject, state: AccountState['state'] | undefined): Promise<void>
  /** A record of the change is to be published still. */
  leaveUnpublished(change: string): Promise<void>
  /** The account as minting reads it, and as the recorder does. */
  accounts(subject: Subject): Promise<readonly (AccountState['state'] | undefined)[]>
  /** Every row of these tables, those of the audit too. */
  rows(): Promise<readonly StoredRow[]>
  /** Entries of the audit. */
  audited(): Promise<readonly string[]>
}

const ALICE: Subject = { tenant: 'acme', iss: ACME_IDP, sub: 'alice' }
const BOB: Subject = { tenant: 'acme', iss: ACME_IDP, sub: 'bob' }
const OF_ALICE = 'hr-of-one'
const OF_BOB = 'hr-of-another'

/** Checks every {@link ErasureStore}. */
export function registerErasureContract(name: string, make: () => Promise<ErasureUnderTest>): void {
  let under: ErasureUnderTest

  const entry = { id: 'erasure-1', tenant: 'acme', by: 'ann', reason: 'request 4711', atMs: 1 }
  const erase = (subject: Subject): Promise<ErasureOutcome> =>
    under.store.erase(subject, (rows) => erasedEntry({ ...entry, rows }))
  const rowsNaming = async ({ sub }: Subject): Promise<readonly StoredRow[]> => {
    const hex = Buffer.from(sub).toString('hex')
    return (await under.rows()).filter(({ text }) => text.includes(sub) || text.includes(hex))
  }
  const tablesNaming = async (subject: Subject): Promise<readonly string[]> => {
    const tables = (await rowsNaming(subject)).map(({ table }) => table)
    return [...new Set(tables)].sort()
  }

  describe(`erasure: ${name}`, () => {
    beforeEach(async () => {
      under = await make()
      await under.plant(ALICE, OF_ALICE)
      await under.plant(BOB, OF_BOB)
      await under.plantShared(BOB, ALICE)
    })

    test('leaves the name nowhere but in its watermarks', async () => {
      expect(await tablesNaming(ALICE)).toEqual(under.everywhere)
      expect(await erase(ALICE)).toMatchObject({
        kind: 'erased',
        rows: { claims: 1, issuances: 1 },
      })
      expect(await tablesNaming(ALICE)).toEqual(['watermark'])
    })

    test('records in the audit who did it and why, with the number of rows, and no name of the subject', async () => {
      const outcome = await erase(ALICE)
      const rows = outcome.kind === 'erased' ? Object.values(outcome.rows) : []
      const [text = ''] = await under.audited()
      expect(decodeAuditEntry(text)).toMatchObject({
        kind: 'subject-erased',
        ref: 'erasure-1',
        by: 'ann',
        detail: { reason: 'request 4711', rows: rows.reduce((sum, count) => sum + count, 0) },
      })
      expect(text).not.toContain('alice')
    })

    test('touches nothing of anybody else; who acted in a token of theirs is a digest there', async () => {
      const isShared = ({ text }: StoredRow): boolean => text.includes('shared')
      const before = await rowsNaming(BOB)
      await erase(ALICE)
      const after = await rowsNaming(BOB)
      expect(after.filter((row) => !isShared(row))).toEqual(before.filter((row) => !isShared(row)))
      expect(after.filter(isShared)).toHaveLength(before.filter(isShared).length)
      for (const { text } of after.filter(isShared)) expect(text).toContain('erased:')
    })

    test('keeps repeats of its changes known, and its account deleted', async () => {
      await erase(ALICE)
      const log = (await under.rows()).filter(({ table }) => table === 'change_log')
      expect(log.filter(({ text }) => text.includes(OF_ALICE))).toHaveLength(1)
      // The values of the other subject's change remain.
      expect(log.filter(({ text }) => text.includes('taken'))).toHaveLength(1)
      expect(log.filter(({ text }) => text.includes(OF_ALICE) && text.includes('taken'))).toEqual(
        [],
      )
      expect(await under.accounts(ALICE)).toEqual(['deleted', 'deleted'])
      expect(await under.accounts(BOB)).toEqual(['deleted', 'deleted'])
    })

    test('ends where its own source enables the account: it is known by its name again, and once', async () => {
      await erase(ALICE)
      await under.putAccount(ALICE, 'enabled')
      expect(await under.accounts(ALICE)).toEqual(['enabled', 'enabled'])
      const rows = (await under.rows()).filter(({ table }) => table === 'account_state')
      expect(rows).toHaveLength(2)
      expect(rows.some(({ text }) => text.includes('erased:'))).toBe(false)
    })

    test('can be done again, also after the subject came back', async () => {
      await erase(ALICE)
      expect(await erase(ALICE)).toEqual({ kind: 'unknown' })
      await under.putAccount(ALICE, 'enabled')
      expect(await erase(ALICE)).toEqual({ kind: 'not-deleted' })
      await under.putAccount(ALICE, 'deleted')
      expect(await erase(ALICE)).toMatchObject({ kind: 'erased', rows: { accounts: 1 } })
      expect(await tablesNaming(ALICE)).toEqual(['watermark'])
    })

    test.each(['enabled', 'disabled', undefined] as const)(
      'does nothing while the account is %s',
      async (state) => {
        await under.putAccount(ALICE, state)
        const before = await under.rows()
        expect(await erase(ALICE)).toEqual({ kind: 'not-deleted' })
        expect(await under.rows()).toEqual(before)
      },
    )

    test('does nothing while something of the subject is not published', async () => {
      await under.leaveUnpublished(OF_BOB)
      expect(await erase(BOB)).toEqual({ kind: 'unpublished' })
      expect(await under.audited()).toEqual([])
      // Control: what waits is of another subject.
      expect(await erase(ALICE)).toMatchObject({ kind: 'erased' })
    })

    test('does nothing for an unknown name', async () => {
      expect(await erase({ ...ALICE, sub: 'nobody' })).toEqual({ kind: 'unknown' })
      expect(await under.audited()).toEqual([])
    })
  })
}
