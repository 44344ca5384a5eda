import {
  changeKey,
  CONTROL_PARTITION,
  PARTITIONS,
  claimKey,
  feedKey,
  subjectKey,
  valueScopeKey,
  type ClaimValue,
  type HeldClaim,
  type NeededState,
  type SeenChange,
  type Subject,
} from '@freshet/protocol'
import type { LoadedState } from '@freshet/reconciler'
import { columnsOf, texts } from '../rows/columns.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import {
  selectAccounts,
  toHeldAccount,
  type StoredAccount,
  selectClaims,
  toHeldClaim,
  type WantedClaimRow,
  selectWithdrawn,
  type WithdrawnRow,
} from './rows/claim-rows.ts'
import type { CommonRows } from './rows/common-rows.ts'
import { toHeldFeed } from './rows/feed-rows.ts'
import { walkingFeeds } from './walk-claims.ts'

/**
 * The changes that a partition ($1) has seen, by tenant ($2), source ($3) and id ($4). `+ 0` leaves the
 * primary key as the only index: planned while the log is empty, the one by partition looks as good, and
 * reads all of the partition for each change.
 */
const selectSeen: Statement = {
  name: 'recorder-select-seen',
  text: `
    SELECT c.tenant, c.source, c.id, c.content_hash, c.outcome, c.e, c.log_offset
    FROM unnest($2::text[], $3::text[], $4::text[]) AS asked (tenant, source, id)
    JOIN change_log c ON c.tenant = asked.tenant AND c.source = asked.source
      AND c.id = asked.id AND c.partition + 0 = $1`,
}

/** A row of {@link selectSeen}. */
interface SeenRow {
  tenant: string
  source: string
  id: string
  content_hash: string
  outcome: string
  e: bigint
  log_offset: bigint
}

/** The place that state is loaded from: an open transaction, and the partition of its batch. */
export interface LoadContext {
  readonly tx: Queryable
  readonly partition: number
}

/** The same, with the rows that every batch touches. */
export interface StateContext extends LoadContext {
  readonly rows: CommonRows
}

/** One statement for each kind of state that the batch needs, and none for the others; one round trip. */
export async function loadState(context: StateContext, needed: NeededState): Promise<LoadedState> {
  const [seen, claims, accounts, feeds, walking, withdrawn, known] = await Promise.all([
    loadSeen(context, needed.changes),
    loadClaims(context, needed.claims),
    loadAccounts(context, needed.accounts),
    loadFeeds(context, needed.feeds),
    needed.walks ? walkingFeeds(context, 1) : [],
    loadWithdrawn(context, needed.withdrawn),
    knownIssuers(context, needed.issuers),
  ])
  const all = new Map([...feeds, ...walking.map((held) => [feedKey(held), held] as const)])
  return { seen, claims, accounts, feeds: all, withdrawn, known }
}

async function loadSeen(
  { tx, partition }: LoadContext,
  changes: NeededState['changes'],
): Promise<LoadedState['seen']> {
  if (changes.length === 0) return new Map()
  const { rows } = await tx.query<SeenRow & Record<string, unknown>>(selectSeen, [
    partition,
    ...columnsOf(changes, [
      texts(({ tenant }) => tenant),
      texts(({ source }) => source),
      texts(({ id }) => id),
    ]),
  ])
  return new Map(rows.map((row) => [changeKey(row), toSeen(row, partition)]))
}

function toSeen(row: SeenRow, partition: number): SeenChange {
  const seen = { contentHash: row.content_hash, as: seenAs(row.outcome) }
  if (seen.as !== 'held') return seen
  return { ...seen, held: { e: row.e, partition, offset: row.log_offset } }
}

function seenAs(outcome: string): SeenChange['as'] {
  if (outcome === 'quarantined') return 'refused'
  return outcome === 'doubtful' || outcome === 'held' ? outcome : 'accepted'
}

async function loadClaims(
  { tx }: LoadContext,
  claims: NeededState['claims'],
): Promise<LoadedState['claims']> {
  if (claims.length === 0) return new Map()
  const values = columnsOf(claims, [
    texts(({ subject }) => subjectKey(subject)),
    texts(({ claim }) => claim),
  ])
  const { rows } = await tx.query<WantedClaimRow & Record<string, unknown>>(selectClaims, values)
  const held = new Map<string, HeldClaim>()
  for (const row of rows) {
    const wanted = claims[row.n - 1]
    if (wanted) held.set(claimKey(wanted.subject, wanted.claim), toHeldClaim(wanted, row))
  }
  return held
}

async function loadAccounts(
  { tx }: LoadContext,
  subjects: NeededState['accounts'],
): Promise<LoadedState['accounts']> {
  if (subjects.length === 0) return new Map()
  const values = columnsOf(subjects, [texts(subjectKey)])
  const { rows } = await tx.query<StoredAccount & Record<string, unknown>>(selectAccounts, values)
  return new Map(rows.map((row) => [row.subject, toHeldAccount(row)]))
}

async function loadFeeds(
  { rows, partition }: StateContext,
  feeds: NeededState['feeds'],
): Promise<LoadedState['feeds']> {
  if (feeds.length === 0) return new Map()
  const found = await rows.feeds(feeds.map((feed) => ({ ...feed, partition })))
  return new Map(found.map((row) => [feedKey(row), toHeldFeed(row)]))
}

async function knownIssuers(
  { tx, partition }: LoadContext,
  issuers: NeededState['issuers'],
): Promise<LoadedState['known']> {
  if (issuers.length === 0) return []
  const isControl = partition === CONTROL_PARTITION
  const partitions = isControl ? PARTITIONS : [partition]
  const values = [
    partitions,
    isControl,
    ...columnsOf(issuers, [texts(({ tenant }) => tenant), texts(prefixOf)]),
  ]
  const { rows } = await tx.query<{ n: number }>(selectKnownIssuers, values)
  return rows.flatMap(({ n }) => issuers[n - 1] ?? [])
}

/** The begin of the keys of all subjects of an issuer. */
function prefixOf(issuer: Subject): string {
  return subjectKey(issuer).slice(0, -'"]'.length)
}

async function loadWithdrawn(
  { tx }: LoadContext,
  claims: NeededState['withdrawn'],
): Promise<LoadedState['withdrawn']> {
  if (claims.length === 0) return new Map()
  const { rows } = await tx.query<WithdrawnRow & Record<string, unknown>>(selectWithdrawn, [
    claims.map(({ tenant }) => tenant),
    claims.map(({ claim }) => claim),
  ])
  return new Map(
    rows.map(({ tenant, claim, value, epoch, n }) => [
      valueScopeKey(tenant, claim, JSON.parse(value) as ClaimValue),
      { epoch, n },
    ]),
  )
}

/**
 * The places, from 1, of those of the tenants ($3) with the begin of the keys of an issuer's subjects ($4) that
 * have stored claims in the partitions $1, or accounts if $2. A range by the order of the walks finds each by an
 * index: no character is above the last one of Unicode.
 */
const selectKnownIssuers: Statement = {
  name: 'recorder-select-known-issuers',
  planEach: true,
  text: `
    SELECT asked.n::int
    FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS asked (tenant, prefix, n)
    WHERE EXISTS (
        SELECT FROM unnest($1::int[]) AS placed (partition)
        CROSS JOIN LATERAL (
          SELECT FROM claim_state c
          WHERE c.partition = placed.partition AND c.partition >= 0 AND c.tenant = asked.tenant
            AND c.subject COLLATE "C" >= asked.prefix
            AND c.subject COLLATE "C" < asked.prefix || chr(1114111)
          LIMIT 1) AS found)
      OR ($2::boolean AND EXISTS (
        SELECT FROM account_state a
        WHERE a.tenant = asked.tenant AND a.subject COLLATE "C" >= asked.prefix
          AND a.subject COLLATE "C" < asked.prefix || chr(1114111)))`,
}
