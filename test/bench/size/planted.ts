import { DEV_TENANT } from '@freshet/cli/stack'
import { scopeKey, type Change } from '@freshet/protocol'
import { postgresTokenPartitions } from '@freshet/postgres'
import { untilPublished } from '../pipeline/pipeline.ts'
import { subjectSql, type Site } from './site.ts'

/** The full sizes, which the scale of a run divides. */
export const FULL = {
  subjects: 1_000_000,
  claims: 10_000_000,
  tokens: 10_000_000,
  tokensOfOne: 300_000,
  watermarks: 1_200_000,
  denials: 120_000,
  churn: 360_000,
} as const

/** The name of the one client that holds very many tokens. */
export const BUSY = 'busy-client'
/** The group in every planted token. */
export const COMMON_VALUE = 'staff'

const HOUR_MS = 3_600_000
const YEAR_MS = 365 * 24 * HOUR_MS
const GROUPS = 500
/** A version above all versions of the run: a snapshot finds these claims stated. */
const LATE = 9_000_000_000_000

/** Ten claims of each subject: the groups, which HR states, and nine of other sources. */
const CLAIMS = `
  INSERT INTO claim_state (subject, claim, tenant, partition, source, floor_epoch, floor_n, elements)
  SELECT ${subjectSql('member-', 'n')}, CASE c WHEN 0 THEN 'groups' ELSE 'claim-' || c END, $2::text,
    1 + n % 6, CASE c WHEN 0 THEN 'hr' ELSE 'source-' || c END, 0, ${LATE},
    '{"\\"${COMMON_VALUE}\\"": ["0", "1", true]}'
  FROM generate_series(1, $1::int) AS n, generate_series(0, 9) AS c`

/** Tokens of the n-th subject that expire within an hour, half an hour from now. */
const tokensOf = (subject: string, salt: string): string => `
  INSERT INTO token (jti, tenant, exp_ms, iat_ms, subject, client, audience, kid, pv, e, s, c, claims,
    value_scopes)
  SELECT md5(n || '${salt}'), $2::text, $3::bigint + (n * ${HOUR_MS}::bigint) / $1::int + ${HOUR_MS / 2},
    $3::bigint, ${subject}, 'payments-web', 'payments', 'bench-token', 1, own.e, own.next_offset,
    control.next_offset, '{groups}',
    ARRAY[$4::text] || (SELECT array_agg(($5::text[])[1 + (n * 31 + g) % ${GROUPS}]) FROM generate_series(1, 7) AS g)
  FROM generate_series(1, $1::int) AS n
    JOIN progress own ON own.partition = 1 + n % 6 JOIN progress control ON control.partition = 0`

/** Copies of a watermark that the product recorded, as an hour of revocations leaves them. */
const WATERMARKS = `
  INSERT INTO watermark (scope_key, tenant, partition, e, position, source, change, time_ms,
    raised_at_ms, record)
  SELECT 'planted-' || md5(n::text) || scope_key, tenant, n % 7, e, position, source, change, time_ms,
    raised_at_ms - raised_at_ms % 60000 - (n * 60 / $1::int) * 60000, record
  FROM (SELECT * FROM watermark WHERE record IS NOT NULL AND scope_key NOT LIKE 'planted-%' LIMIT 1) AS one,
    generate_series(1, $1::int) AS n`

/** Copies of a token's denial that the product recorded, as a year leaves them. */
const DENIALS = `
  INSERT INTO denial (denial_key, tenant, kind, target, source, change, at_ms, record, recorded_at_ms)
  SELECT 'planted-' || md5(n::text) || denial_key, tenant, kind, target, source, change, at_ms, record,
    recorded_at_ms - (n::bigint * ${YEAR_MS}) / $1::int
  FROM (SELECT * FROM denial WHERE record IS NOT NULL AND denial_key NOT LIKE 'planted-%' LIMIT 1) AS one,
    generate_series(1, $1::int) AS n`

/** The denial that is copied. */
const DENIAL: Change = {
  kind: 'deny',
  tenant: DEV_TENANT,
  source: 'security',
  id: 'denial-1',
  scope: 'token',
  target: 'denied',
  sourceVersion: { epoch: 0n, n: 1n },
  sequence: 1n,
  occurredAtMs: Date.now(),
}

/** Fills the table of claims. */
export async function plantClaims({ bulk, rows }: Site): Promise<void> {
  await bulk.fill('claim_state', CLAIMS, [rows(FULL.subjects), DEV_TENANT])
}

/** Removes the planted claims. */
export async function removeClaims({ bulk }: Site): Promise<void> {
  await bulk.keepOnly('claim_state', `subject NOT LIKE '%"member-%'`)
}

/** Fills the ledger with tokens of all subjects, also of those whose groups change. */
export async function plantTokens(site: Site): Promise<void> {
  const subject = subjectSql('person-', `(n % ${site.rows(FULL.subjects)})`)
  const values = await tokenValues(site, site.rows(FULL.tokens))
  await site.bulk.fill('token', tokensOf(subject, 'all'), values)
}

/** Adds tokens of one client. */
export async function plantTokensOfOne(site: Site): Promise<void> {
  const values = await tokenValues(site, site.rows(FULL.tokensOfOne))
  await site.bulk.run(tokensOf(subjectSql(BUSY, `''`), BUSY), values)
  await site.bulk.run('VACUUM (ANALYZE) token')
}

/** Empties the ledger. */
export async function removeTokens({ bulk }: Site): Promise<void> {
  await bulk.run('TRUNCATE token')
}

async function tokenValues({ database }: Site, count: number): Promise<readonly unknown[]> {
  const nowMs = Date.now()
  await postgresTokenPartitions(database).ensure(nowMs, nowMs + 3 * HOUR_MS)
  const groups = Array.from({ length: GROUPS }, (_, n) => valueScope(`group-${n}`))
  return [count, DEV_TENANT, nowMs, valueScope(COMMON_VALUE), groups]
}

/** The scope of a value of the groups. */
export function valueScope(value: string): string {
  return scopeKey({ kind: 'value', tenant: DEV_TENANT, claim: 'groups', value })
}

/** Fills the table of watermarks. */
export async function plantWatermarks({ bulk, rows }: Site): Promise<void> {
  await bulk.fill('watermark', WATERMARKS, [rows(FULL.watermarks)])
}

/** Removes the planted watermarks. */
export async function removeWatermarks({ bulk }: Site): Promise<void> {
  await bulk.keepOnly('watermark', `scope_key NOT LIKE 'planted-%'`)
}

/** Fills the table of denials, behind one that the product records. */
export async function plantDenials({ bulk, rows, security, database, stack }: Site): Promise<void> {
  const { count } = await database.query({ name: '', text: 'SELECT FROM denial LIMIT 1' })
  if (count === 0) await security.append(DENIAL)
  await untilPublished(stack)
  await bulk.fill('denial', DENIALS, [rows(FULL.denials)])
}

/** Removes the planted denials. */
export async function removeDenials({ bulk }: Site): Promise<void> {
  await bulk.keepOnly('denial', `denial_key NOT LIKE 'planted-%'`)
}
