import type { MintedToken } from '@freshet/authority'
import { scopeKey, subjectKey, type ClaimValue, type Subject } from '@freshet/protocol'
import { encodeAuditEntry, type AuditEntry } from '@freshet/wire'
import {
  alice,
  bob,
  ASKS_NOTHING,
  mintAuditEntry,
  MINT_CONTRACT_NOW_MS as NOW,
  mintedToken,
  robot,
} from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { rowsRead } from '../../../../test/setup/rows-read.ts'
import { QUARTER_MS } from '../authority/partition-names.ts'
import { postgresMintStore } from '../authority/mint-store.ts'
import { postgresTokenPartitions } from '../authority/token-partitions.ts'
import { createDatabase } from '../connection/pool.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import { postgresEvidenceStore } from './evidence-store.ts'

const DAY_MS = 86_400_000
const QUARTERS = 96

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())

const run = (text: string) => fresh.db.query<Record<string, unknown>>({ name: '', text })

const evidence = () => postgresEvidenceStore(fresh.system)
const mint = () => postgresMintStore(fresh.tenants)
/** Tokens that expired before are no longer among the outstanding ones. */
const retire = async (beforeMs: number): Promise<void> =>
  void (await postgresTokenPartitions(fresh.ledger).retire(beforeMs))

async function seedAccount(subject: string, state: string): Promise<void> {
  const text = `INSERT INTO account_state VALUES ($1, 'acme', $2, 0, 1, 0, 0)`
  await fresh.db.query({ name: '', text }, [subject, state])
}

/** Places are given in their order. */
async function seedSealed(entries: readonly AuditEntry[]): Promise<void> {
  const text = `INSERT INTO audit_entry (stream, n, hash, kind, tenant, ref, at_ms, entry)
    VALUES ('tokens', $1, '', $2, 'acme', 'j1', $3, $4)`
  for (const [at, entry] of entries.entries()) {
    const values = [at + 1, entry.kind, entry.atMs, encodeAuditEntry(entry)]
    await fresh.db.query({ name: '', text }, values)
  }
}

beforeEach(async () => {
  await postgresTokenPartitions(fresh.ledger).ensure(NOW, NOW + 600_000)
  await run('TRUNCATE token, token_past, issuance, audit_pending, audit_entry, account_state')
})

const valueOf = (claim: string, value: ClaimValue, tenant = 'acme'): string =>
  scopeKey({ kind: 'value', tenant, claim, value })
const APPROVERS = [valueOf('groups', 'approvers')]

const minted = (jti: string, values: readonly ClaimValue[], atMs = NOW): MintedToken => ({
  ...mintedToken(jti, { claims: new Map([['groups', values]]) }),
  iatMs: atMs,
  expMs: atMs + 300_000,
})
const record = async (...tokens: readonly MintedToken[]): Promise<void> => {
  for (const token of tokens) await mint().recordAndRecheck(token, ASKS_NOTHING)
}
const holding = async (scopes: readonly string[], atMs: number) =>
  (await evidence().holders({ scopes, atMs }, 10)).items.map(({ jti }) => jti)

describe('holders', () => {
  test('the holders of a value are the holders of tokens with it, and no others', async () => {
    await record(minted('j1', ['approvers', 'staff']), minted('j2', ['staff']))
    const holder = { jti: 'j1', subject: subjectKey(alice), client: 'web', audience: 'payments' }
    expect(await evidence().holders({ scopes: APPROVERS, atMs: NOW }, 10)).toMatchObject({
      items: [{ ...holder, pv: 3 }],
      next: null,
    })
    expect(await holding([valueOf('groups', 'approvers', 'globex')], NOW)).toEqual([])
    expect(await holding([valueOf('department', 'approvers')], NOW)).toEqual([])
  })

  test.each([
    ['before it was issued', -1, []],
    ['from when it was issued', 0, ['j1']],
    ['until it expired', 299_999, ['j1']],
    ['when it had expired', 300_000, []],
  ])('a token counts: %s', async (_, offset, expected) => {
    await record(minted('j1', ['approvers']))
    expect(await holding(APPROVERS, NOW + offset)).toEqual(expected)
  })

  test('a number is another value than its digits, and either may be asked for', async () => {
    await record(minted('j1', [7]), minted('j2', ['7']))
    expect(await holding([valueOf('groups', 7)], NOW)).toEqual(['j1'])
    expect(await holding([valueOf('groups', 7), valueOf('groups', '7')], NOW)).toEqual(['j1', 'j2'])
  })

  test('a withheld token had no holder', async () => {
    await record(minted('j1', ['approvers']), minted('j2', ['approvers']))
    const mark = { atMs: NOW, reason: 'claim-changed', source: 'hr', change: 'c1' }
    const audit = mintAuditEntry('token-withheld', 'j1')
    await mint().withhold({ jti: 'j1', expMs: NOW + 300_000, audit }, mark)
    const question = { scopes: APPROVERS, atMs: NOW }
    const next = { expMs: NOW + 300_000, jti: 'j1' }
    expect(await evidence().holders(question, 1)).toEqual({ items: [], next })
    const { items } = await evidence().holders({ ...question, after: next }, 1)
    expect(items.map(({ jti }) => jti)).toEqual(['j2'])
  })

  test('pages follow each other without gap or repeat', async () => {
    const names = ['j3', 'j1', 'j5', 'j2', 'j4']
    await record(...names.map((jti) => minted(jti, ['approvers'])))
    await record(minted('j0', ['approvers'], NOW + 1))
    const question = { scopes: APPROVERS, atMs: NOW + 1 }
    const first = await evidence().holders(question, 4)
    expect(first.items.map(({ jti }) => jti)).toEqual(['j1', 'j2', 'j3', 'j4'])
    const after = first.next ?? { expMs: 0, jti: '' }
    const rest = await evidence().holders({ ...question, after }, 4)
    expect(rest.items.map(({ jti }) => jti)).toEqual(['j5', 'j0'])
    expect(rest.next).toBeNull()
  })

  test('the holders of a value are reported when the token is long over, too', async () => {
    await record(minted('j1', ['approvers']))
    await retire(NOW + 3_600_000)
    expect(await holding(APPROVERS, NOW)).toEqual(['j1'])
    expect(await holding(APPROVERS, NOW + 3_600_000)).toEqual([])
  })
})

describe(`evidence store: issued`, () => {
  test.each([
    ['is out', false],
    ['is over', true],
  ])('a token that %s is returned with its values, version and sources', async (_, isOver) => {
    const token = minted('j1', ['approvers', 7])
    await record(token)
    if (isOver) await retire(NOW + 3_600_000)
    expect(await evidence().issued('j1')).toEqual({
      jti: 'j1',
      tenant: 'acme',
      subject: subjectKey(alice),
      client: 'web',
      audience: 'payments',
      kid: 'k1',
      pv: 3,
      registryHash: 'ab',
      iatMs: token.iatMs,
      expMs: token.expMs,
      claims: token.present,
      claimsDigest: 'digest',
      throughMs: { hr: NOW - 100 },
      withheld: false,
      values: new Map([['groups', ['approvers', 7]]]),
    })
  })

  test('nothing is returned for an id that was never minted', async () => {
    expect(await evidence().issued('nobody')).toBeUndefined()
  })
})

describe(`evidence store: figures`, () => {
  const question = { atMs: NOW, minimumPv: 3, workloads: [subjectKey(robot)] }
  const mintedFor = (jti: string, subject: Subject, pv = 3): MintedToken => {
    const { token, ...rest } = minted(jti, ['staff'])
    const [first] = token.parties
    return { ...rest, token: { ...token, parties: [{ ...first, subject }], pv } }
  }

  test('nothing is out', async () => {
    expect(await evidence().tokens(question, 10)).toEqual({
      counted: 0,
      isComplete: true,
      stale: 0,
      ofLeavers: 0,
      ofLeaversUnmarked: 0,
      lives: [],
    })
  })

  test('tokens of workloads and of others are counted separately, with their longest life', async () => {
    const longer = { ...minted('j2', ['staff']), expMs: NOW + 400_000 }
    await record(minted('j1', ['staff']), longer, mintedFor('j3', robot))
    const { lives } = await evidence().tokens(question, 10)
    const same = { claims: ['groups'] }
    expect(lives.toSorted((a, b) => b.tokens - a.tokens)).toEqual([
      { ...same, isWorkload: false, tokens: 2, longestMs: 400_000 },
      { ...same, isWorkload: true, tokens: 1, longestMs: 300_000 },
    ])
  })

  test('a token below the minimum version, or over, has no life to report', async () => {
    await record(mintedFor('j1', alice, 2), minted('j2', ['staff'], NOW - 300_000))
    const found = await evidence().tokens(question, 10)
    expect(found).toMatchObject({ counted: 1, lives: [] })
  })

  test('tokens of accounts that are off are counted, and which of them are unmarked', async () => {
    await record(mintedFor('j1', alice), mintedFor('j2', bob), mintedFor('j3', robot))
    await seedAccount(subjectKey(alice), 'deleted')
    await seedAccount(subjectKey(bob), 'disabled')
    await seedAccount(subjectKey(robot), 'enabled')
    const mark = { atMs: NOW, reason: 'account', source: 'hr', change: 'c1' }
    const audit = mintAuditEntry('token-withheld', 'j1')
    await mint().withhold({ jti: 'j1', expMs: NOW + 300_000, audit }, mark)
    expect(await evidence().tokens(question, 10)).toMatchObject({
      counted: 3,
      stale: 1,
      ofLeavers: 2,
      ofLeaversUnmarked: 1,
    })
  })

  test('more than the limit are not counted, and the answer shows it', async () => {
    await record(minted('j1', ['staff']), minted('j2', ['staff']))
    expect(await evidence().tokens(question, 2)).toMatchObject({
      counted: 2,
      isComplete: false,
    })
    expect(await evidence().tokens(question, 3)).toMatchObject({
      counted: 2,
      isComplete: true,
    })
  })

  test('outstanding tokens are counted by the entries of the registry, without stale or expired ones', async () => {
    const of = { atMs: NOW, minimumPv: 3 }
    expect(await evidence().outstanding(of, 10)).toEqual({ kinds: [], isComplete: true })
    await record(minted('j1', ['staff']), minted('j2', ['other']), mintedFor('j3', bob))
    await record({ ...minted('j4', ['staff']), audience: 'people' })
    await record(mintedFor('j5', alice, 2), minted('j6', ['staff'], NOW - 300_000))
    await record(minted('j7', ['staff']))
    const mark = { atMs: NOW, reason: 'claim-changed', source: 'hr', change: 'c1' }
    const audit = mintAuditEntry('token-withheld', 'j7')
    await mint().withhold({ jti: 'j7', expMs: NOW + 300_000, audit }, mark)
    const kind = { tenant: 'acme', client: 'web', claims: ['groups'] }
    const { kinds, isComplete } = await evidence().outstanding(of, 10)
    expect(kinds.toSorted((a, b) => b.tokens - a.tokens)).toEqual([
      { ...kind, audience: 'payments', tokens: 3 },
      { ...kind, audience: 'people', tokens: 1 },
    ])
    expect(isComplete).toBe(true)
    // Control: where as many were looked at as may be, there may be more.
    expect(await evidence().outstanding(of, 6)).toMatchObject({ isComplete: false })
  })

  test('decisions since a time are counted, and the denials among them', async () => {
    const decided = (decision: boolean, atMs: number): AuditEntry => ({
      ...mintAuditEntry('access-decided', 'j1'),
      detail: { decision },
      atMs,
    })
    expect(await evidence().decisions(NOW, 10)).toEqual({ decided: 0, denied: 0 })
    await seedSealed([
      decided(false, NOW - 1),
      decided(false, NOW),
      mintAuditEntry('token-issued', 'j1'),
      decided(true, NOW + 1),
    ])
    expect(await evidence().decisions(NOW, 10)).toEqual({ decided: 2, denied: 1 })
    expect(await evidence().decisions(NOW, 1)).toEqual({ decided: 1, denied: 0 })
  })
})

/** The table of the past that has the day of a time. */
const dayOf = (ms: number): string => {
  const first = Math.floor(ms / DAY_MS) * QUARTERS
  return `token_past_${first}_${first + QUARTERS}`
}

test('a question looks into the days of its time alone, by the index of values', async () => {
  await using db = createDatabase({ url: fresh.url, max: 1, applicationName: 'freshet-test' })
  const partitions = postgresTokenPartitions(fresh.ledger)
  await partitions.ensure(NOW - 2 * DAY_MS, NOW - 2 * DAY_MS + 1)
  await partitions.ensure(NOW - 7_200_000, NOW + 7_200_000)
  await partitions.retire(NOW)
  const sent: (readonly [Statement, readonly unknown[]])[] = []
  const noting: Queryable = {
    query(statement, values = []) {
      sent.push([statement, values])
      return db.query(statement, values)
    },
  }
  const many = `INSERT INTO token_past (jti, tenant, exp_ms, iat_ms, subject, client, audience, kid, pv,
      e, s, c, claims, value_scopes)
    SELECT 'j' || n, 'acme', ${NOW - 1_800_000}, ${NOW - 7_200_000}, 's', 'web', 'payments', 'k', 1, 1, 1, 1,
      '{groups}', ARRAY['["v","acme","groups","' || n || '"]'] FROM generate_series(1, 20000) AS n;
    ANALYZE token_past`
  await run(many)
  const scopes = ['["v","acme","groups","approvers"]']
  await postgresEvidenceStore(noting).holders({ scopes, atMs: NOW - 3_600_000 }, 10)
  const [[{ text }, values] = [{ text: '' }, []]] = sent
  const { rows } = await db.query({ name: '', text: `EXPLAIN (COSTS OFF) ${text}` }, values)
  const plan = rows.map((row) => String(Object.values(row)[0])).join('\n')
  expect(plan).toContain(dayOf(NOW))
  expect(plan).not.toContain(dayOf(NOW - 2 * DAY_MS))
  expect(plan).toMatch(/Bitmap Index Scan on token_past_\d+_\d+_value_scopes_idx\d*/)
  expect(plan).not.toContain('Seq Scan on issuance')
})

test('a page of a value that every token carries reads one partition of the ledger', async () => {
  const each = 2_000
  const quarters = 4
  const fromMs = Math.ceil(NOW / QUARTER_MS) * QUARTER_MS
  await run('TRUNCATE token')
  await postgresTokenPartitions(fresh.ledger).ensure(NOW, fromMs + quarters * QUARTER_MS)
  await run(`
    INSERT INTO token (jti, tenant, exp_ms, iat_ms, subject, client, audience, kid, pv, e, s, c, claims, value_scopes)
    SELECT 'j' || n, 'acme', ${fromMs + 1} + n * ${QUARTER_MS}::bigint / ${each}, ${NOW - 1}, 's', 'web', 'payments',
      'k', 1, 1, 1, 1, '{groups}', '{common}'
    FROM generate_series(0, ${each * quarters - 1}) AS n;
    ANALYZE token`)
  await using worker = createDatabase({ url: fresh.url, max: 1, applicationName: 'freshet-test' })
  const store = postgresEvidenceStore(worker)
  const page = (limit: number): Promise<number> =>
    rowsRead({ worker, catalogue: fresh.db }, /^token_p\d/, async () => {
      const { items } = await store.holders({ scopes: ['common'], atMs: NOW }, limit)
      expect(items).toHaveLength(Math.min(limit, each * quarters))
    })
  // Each token counts twice where an index finds it.
  expect(await page(100)).toBeLessThanOrEqual(2 * each)
  expect(await page(each * quarters + 1)).toBeGreaterThanOrEqual(each * quarters)
})
