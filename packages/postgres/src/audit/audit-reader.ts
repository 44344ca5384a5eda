import type { AuditFilter, AuditReader, ListedEntry, StoredEntry } from '@freshet/audit'
import {
  AUDIT_STREAMS,
  decodeAuditEntry,
  issuanceDigest,
  type AuditStream,
  type IssuanceFacts,
} from '@freshet/wire'
import type { Queryable, Statement } from '../connection/query.ts'
import { unpackRecord } from '../rows/stored-record.ts'

/** The stored state of chain $1, and its entries that wait for sealing; at most 100,000 are counted. */
const SELECT_STATUS: Statement = {
  name: 'audit-select-standing',
  text: `
    SELECT s.n, s.hash, s.pruned_n, s.pruned_hash, s.pruned_head,
      (SELECT count(*)::int FROM (
        SELECT FROM audit_pending p WHERE p.stream = s.stream LIMIT 100000) AS waiting) AS pending,
      (SELECT entry FROM audit_pending p WHERE p.stream = s.stream ORDER BY id LIMIT 1) AS oldest
    FROM audit_stream s WHERE s.stream = $1`,
}

/** At most $3 entries of chain $1 behind $2. */
const SELECT_ENTRIES: Statement = {
  name: 'audit-select-entries',
  text: `
    SELECT n, hash, kind, tenant, ref, at_ms, entry FROM audit_entry
    WHERE stream = $1 AND n > $2 ORDER BY n LIMIT $3`,
}

/** At most $7 of chains $1: of kind $2, tenant $3 and ref $4, from $5 to before $6, where given. */
const SELECT_LATEST: Statement = {
  name: 'audit-select-latest',
  planEach: true,
  text: `
    SELECT e.* FROM unnest($1::text[]) AS s (stream) CROSS JOIN LATERAL (
      SELECT stream, n, hash, kind, tenant, ref, at_ms, entry FROM audit_entry a
      WHERE a.stream = s.stream AND ($2::text IS NULL OR kind = $2)
        AND ($3::text IS NULL OR tenant = $3) AND ($4::text IS NULL OR ref = $4)
        AND ($5::bigint IS NULL OR at_ms >= $5) AND ($6::bigint IS NULL OR at_ms < $6)
        AND kind <> ALL ($8::text[])
      ORDER BY n DESC LIMIT $7) AS e
    ORDER BY e.at_ms DESC, e.stream, e.n DESC LIMIT $7`,
}

/** Issuance records of tokens $1. */
const SELECT_ISSUANCES: Statement = {
  name: 'audit-select-issuances',
  text: `
    SELECT jti, tenant, subject, client, audience, kid, pv, registry_hash, e, s, c, iat_ms, exp_ms,
      claims, claims_digest, through, "over", omitted, salt
    FROM issuance WHERE jti = ANY($1::text[])`,
}

interface IssuanceRow extends Omit<
  IssuanceFacts,
  'registryHash' | 'iatMs' | 'expMs' | 'claimsDigest' | 'through'
> {
  readonly registry_hash: string
  readonly iat_ms: bigint
  readonly exp_ms: bigint
  readonly claims_digest: string
  readonly through: Readonly<Record<string, number>>
  readonly salt: string
}

function digestOf({
  registry_hash,
  iat_ms,
  exp_ms,
  claims_digest,
  salt,
  ...row
}: IssuanceRow): string {
  const times = { iatMs: Number(iat_ms), expMs: Number(exp_ms) }
  const through = new Map(Object.entries(row.through))
  const hashes = { registryHash: registry_hash, claimsDigest: claims_digest }
  const facts = { ...row, ...times, ...hashes, through }
  return issuanceDigest(facts, salt)
}

interface EntryRow {
  n: bigint
  hash: string
  kind: string
  tenant: string
  ref: string
  at_ms: bigint
  entry: string
}

interface StatusRow {
  n: bigint
  hash: string
  pruned_n: bigint | null
  pruned_hash: string | null
  pruned_head: Buffer | null
  pending: number
  oldest: string | null
}

/** The audit's chains as they are read in Postgres. */
export function postgresAuditReader(db: Queryable): AuditReader {
  return {
    async status(stream) {
      const { rows } = await db.query<StatusRow & Record<string, unknown>>(SELECT_STATUS, [stream])
      return statusOf(rows[0])
    },
    async entries(stream, after, limit) {
      const values = [stream, after, limit]
      const { rows } = await db.query<EntryRow & Record<string, unknown>>(SELECT_ENTRIES, values)
      return rows.map(toEntry)
    },
    async issuances(jtis) {
      if (jtis.length === 0) return new Map()
      const { rows } = await db.query<IssuanceRow & Record<string, unknown>>(SELECT_ISSUANCES, [
        jtis,
      ])
      return new Map(rows.map((row) => [row.jti, digestOf(row)]))
    },
    latest: (filter, limit) => latest(db, filter, limit),
  }
}

/** A chain without its row looks like one that never began: the heads show the difference. */
function statusOf(row: StatusRow | undefined): Awaited<ReturnType<AuditReader['status']>> {
  if (row === undefined) {
    return { n: 0n, hash: '', pruned: null, pending: { count: 0, oldestAtMs: null } }
  }
  const { n, hash, pruned_n, pruned_hash, pruned_head, pending, oldest } = row
  const oldestAtMs = oldest === null ? null : (decodeAuditEntry(oldest)?.atMs ?? 0)
  const isPruned = pruned_n !== null && pruned_hash !== null && pruned_head !== null
  return {
    n,
    hash,
    pruned: isPruned ? { n: pruned_n, hash: pruned_hash, record: unpackRecord(pruned_head) } : null,
    pending: { count: pending, oldestAtMs },
  }
}

function toEntry({ n, hash, kind, tenant, ref, at_ms, entry: text }: EntryRow): StoredEntry {
  return { n, hash, text, kind, tenant, ref, atMs: Number(at_ms) }
}

async function latest(
  db: Queryable,
  { stream, kind, tenant, ref, sinceMs, untilMs, without = [] }: AuditFilter,
  limit: number,
): Promise<readonly ListedEntry[]> {
  const by = [kind ?? null, tenant ?? null, ref ?? null, sinceMs ?? null, untilMs ?? null]
  const values = [stream ? [stream] : AUDIT_STREAMS, ...by, limit, without]
  const { rows } = await db.query<EntryRow & { stream: AuditStream } & Record<string, unknown>>(
    SELECT_LATEST,
    values,
  )
  return rows.map((row) => ({ ...toEntry(row), stream: row.stream }))
}
