import {
  PAST_TOKENS_KEPT_MS,
  TOKEN_PARTITIONS_KEPT_MS,
  tendTokenPartitions,
  type MintedToken,
} from '@freshet/authority'
import { expect, test } from 'vitest'
import { freshDatabase } from '../../../../test/setup/database.ts'
import { postgresMintStore } from './mint-store.ts'
import { postgresTokenPartitions } from './token-partitions.ts'

const NOW = 1_795_514_400_000
const LIFE_MS = 5_000
const LIFE_MAX_MS = 600_000
const TOKENS = 3_000
/** At most so long after a token the others of its partition expire. */
const WIDTH_MS = 900_000
/** The width of a partition of the past. */
const PAST_WIDTH_MS = 86_400_000
const NOTHING = { tenant: 'acme', partitions: [], scopeKeys: [], denialKeys: [], sources: [] }

/** A token of a job, of a few seconds. */
function shortToken(jti: string): MintedToken {
  const subject = { tenant: 'acme', iss: 'https://idp.example', sub: 'job' }
  const audit = { kind: 'token-issued', atMs: NOW, tenant: 'acme', ref: jti, by: 'ci' } as const
  return {
    token: {
      tenant: 'acme',
      issuer: 'https://tokens.example',
      kid: 'k1',
      jti,
      client: 'ci',
      pv: 1,
      parties: [{ subject, label: { e: 1n, s: 1n, c: 1n } }],
      claims: new Map([['groups', ['deploy']]]),
    },
    audience: 'payments',
    iatMs: NOW,
    expMs: NOW + LIFE_MS,
    registryHash: 'ab',
    present: ['groups'],
    claimsDigest: 'digest',
    salt: `salt of ${jti}`,
    audit: { ...audit, detail: {} },
    throughMs: new Map(),
  }
}

test('thousands of tokens of seconds leave the ledger with their partition, and the database after what is kept', async () => {
  const fresh = await freshDatabase()
  const { db } = fresh
  try {
    const partitions = postgresTokenPartitions(fresh.ledger)
    const store = postgresMintStore(fresh.tenants)
    const tend = (nowMs: number) => tendTokenPartitions(partitions, nowMs, LIFE_MAX_MS)
    const count = async (table: 'token' | 'token_past'): Promise<number> => {
      const text = `select count(*)::int as n from ${table}`
      const { rows } = await db.query<{ n: number }>({ name: '', text }, [])
      return rows[0]?.n ?? -1
    }
    await tend(NOW)
    const names = Array.from({ length: TOKENS }, (_, at) => `short-${at}`)
    await Promise.all(names.map((jti) => store.recordAndRecheck(shortToken(jti), NOTHING)))
    expect([await count('token'), await count('token_past')]).toEqual([TOKENS, 0])

    // Control: while what judges by the ledger may still ask, they are there.
    await tend(NOW + TOKEN_PARTITIONS_KEPT_MS)
    expect(await count('token')).toBe(TOKENS)
    await tend(NOW + LIFE_MS + WIDTH_MS + TOKEN_PARTITIONS_KEPT_MS)
    expect([await count('token'), await count('token_past')]).toEqual([0, TOKENS])
    await tend(NOW + LIFE_MS + PAST_WIDTH_MS + PAST_TOKENS_KEPT_MS)
    expect([await count('token'), await count('token_past')]).toEqual([0, 0])
  } finally {
    await fresh.drop()
  }
})
