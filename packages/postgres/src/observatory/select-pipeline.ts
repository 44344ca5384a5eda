import { feedCondition } from '@freshet/protocol'
import { REVOCATIONS_TOPIC } from '@freshet/wire'
import type { LoggedChange, PartitionPause, PipelineRows } from '@freshet/insight'
import { MISSED } from '../intake/source-view.ts'
import type { Statement } from '../connection/query.ts'
import { subjectOf } from '../recorder/rows/claim-rows.ts'
import { toGrants, type StoredGrant } from '../rows/stored-grants.ts'
import { LATEST_CHANGE } from './select-changes.ts'

/** One statement, so one snapshot and one transaction. The columns of the latest change follow. At most $1 waiting rows, missed changes and contradictions are counted, and $1 feeds and doubts read. Indexes have the open doubts of wholes and the omitted accounts alone. */
export const selectPipeline: Statement = {
  name: 'observatory-pipeline',
  text: `
    SELECT
      (SELECT coalesce(jsonb_agg(jsonb_build_array(
                r.partition, r.e::text, r.next_offset::text, r.active_pv, r.active_hash,
                r.minimum_pv, floor(extract(epoch from p.head_at) * 1000),
                (SELECT count(*) FROM (
                   SELECT FROM outbox o
                   WHERE o.topic = '${REVOCATIONS_TOPIC}' AND o.partition = r.partition
                     AND o.id > coalesce(p.published_to, 0) LIMIT $1) w),
                CASE WHEN h.partition IS NOT NULL THEN jsonb_build_array(
                  h.log_offset::text, h.code, h.message, h.since_ms, h.attempts) END,
                CASE WHEN p.hidden_at IS NOT NULL THEN jsonb_build_array(
                  p.hidden_rows, floor(extract(epoch from p.hidden_at) * 1000)) END)
              ORDER BY r.partition), '[]')
         FROM progress r LEFT JOIN publisher p USING (partition)
           LEFT JOIN recording_pause h ON h.partition = r.partition AND h.e = r.e
             AND h.log_offset >= r.next_offset) AS partitions,
      (SELECT coalesce(jsonb_agg(jsonb_build_array(
                tenant, source, partition, through_ms, halted, beyond, ending, ahead_ms, voided)), '[]')
         FROM (SELECT tenant, source, partition, through_ms, halted, cardinality(beyond) AS beyond,
           coalesce(ending ->> 'phase' = 'taking', false) AS ending, ahead_ms,
           snapshot_epoch IS NULL AND statement IS DISTINCT FROM ended AS voided
               FROM feed LIMIT $1) f) AS feeds,
      (SELECT coalesce(jsonb_agg(jsonb_build_array(tenant, source, claims)), '[]')
         FROM (SELECT tenant, source, count(*) AS claims
               FROM (SELECT tenant, source FROM (${MISSED}) found WHERE removed OR gained LIMIT $1) few GROUP BY tenant, source) m) AS missed,
      (SELECT coalesce(jsonb_agg(jsonb_build_array(
                tenant, claim, source, corroborates, subjects, since_ms)), '[]')
         FROM (SELECT tenant, claim, source, corroborates, count(*) AS subjects, min(since_ms) AS since_ms
               FROM (SELECT tenant, claim, source, corroborates, since_ms FROM contradiction LIMIT $1) few
               GROUP BY tenant, claim, source, corroborates) d) AS contradictions,
      (SELECT coalesce(jsonb_agg(jsonb_build_array(subject, claim, change, since_ms)), '[]')
         FROM (SELECT d.subject, d.claim, (array_agg(c.id ORDER BY c.appended_at_ms))[1] AS change,
                 min(c.appended_at_ms) AS since_ms
               FROM (SELECT subject, claim, e, partition, log_offset FROM doubt
                     WHERE subject LIKE '%,""]' AND raised AND NOT settled LIMIT $1) d
               LEFT JOIN change_log c ON c.partition = d.partition AND c.log_offset = d.log_offset
                 AND c.e = d.e
               GROUP BY d.subject, d.claim) w) AS doubts,
      (SELECT coalesce(jsonb_agg(jsonb_build_array(tenant, accounts)), '[]')
         FROM (SELECT tenant, count(*) AS accounts
               FROM (SELECT tenant FROM account_state WHERE omitted LIMIT $1) few
               GROUP BY tenant) a) AS omitted,
      (SELECT coalesce(jsonb_agg(o.opening), '[]')
         FROM progress r, jsonb_array_elements(r.openings) AS o (opening)) AS openings,
      latest.*
    FROM (SELECT) AS one LEFT JOIN (${LATEST_CHANGE}) AS latest ON true`,
}

type PauseColumns = readonly [
  offset: string,
  code: string,
  message: string,
  sinceMs: number,
  attempts: number,
]

/** The row of the statement. The members of the latest change are null where there is none. */
export type PipelineRow = StateColumns & (LoggedChange | { readonly id: null })

type FeedColumns = readonly [
  tenant: string,
  source: string,
  partition: number,
  throughMs: number | null,
  halted: boolean,
  beyond: number,
  isEnding: boolean,
  aheadMs: number | null,
  isVoided: boolean,
]

interface StateColumns {
  partitions: readonly (readonly [
    partition: number,
    e: string,
    nextOffset: string,
    activePv: number,
    activeHash: string | null,
    minimumPv: number,
    publishedAtMs: number | null,
    waiting: number,
    paused: PauseColumns | null,
    hidden: readonly [rows: number, atMs: number] | null,
  ])[]
  feeds: readonly FeedColumns[]
  missed: readonly (readonly [tenant: string, source: string, claims: number])[]
  contradictions: readonly (readonly [
    tenant: string,
    claim: string,
    source: string,
    corroborates: string,
    subjects: number,
    sinceMs: number,
  ])[]
  doubts: readonly (readonly [
    subject: string,
    claim: string,
    change: string | null,
    sinceMs: number | null,
  ])[]
  omitted: readonly (readonly [tenant: string, accounts: number])[]
  openings: readonly StoredGrant[]
}

/** The row in the types of the port. */
export function toPipelineRows({
  partitions,
  feeds,
  missed,
  contradictions,
  doubts,
  omitted,
  openings,
  ...latest
}: PipelineRow): PipelineRows {
  return {
    partitions: partitions.map(toPartition),
    feeds: feeds.map(toFeed),
    missed: missed.map(([tenant, source, claims]) => ({ tenant, source, claims })),
    contradictions: contradictions.map(
      ([tenant, claim, source, corroborates, subjects, sinceMs]) => {
        return { tenant, claim, source, corroborates, subjects, sinceMs }
      },
    ),
    doubts: doubts.map(([subject, claim, change, sinceMs]) => {
      const { tenant, iss } = subjectOf(subject)
      return { tenant, issuer: iss === '' ? null : iss, claim, change, sinceMs }
    }),
    omitted: omitted.map(([tenant, accounts]) => ({ tenant, accounts })),
    grants: toGrants(openings),
    latest: latest.id === null ? null : latest,
  }
}

function toFeed([
  tenant,
  source,
  partition,
  throughMs,
  halted,
  length,
  isEnding,
  aheadMs,
  isVoided,
]: FeedColumns): PipelineRows['feeds'][number] {
  return {
    tenant,
    source,
    partition,
    throughMs,
    condition: isEnding ? 'ending' : feedCondition({ throughMs, halted, beyond: { length } }),
    ...(aheadMs !== null && { aheadMs }),
    ...(isVoided && { isVoided }),
  }
}

function toPartition([
  partition,
  e,
  next,
  activePv,
  activeHash,
  minimumPv,
  publishedAtMs,
  waiting,
  paused,
  hidden,
]: StateColumns['partitions'][number]): PipelineRows['partitions'][number] {
  return {
    partition,
    e: BigInt(e),
    nextOffset: BigInt(next),
    activePv,
    activeHash,
    minimumPv,
    publishedAtMs,
    waiting,
    ...(paused !== null && { paused: toPause(paused) }),
    ...(hidden !== null && { hidden: { rows: hidden[0], atMs: hidden[1] } }),
  }
}

function toPause([offset, code, message, sinceMs, attempts]: PauseColumns): PartitionPause {
  return { offset: BigInt(offset), code, message, sinceMs, attempts }
}
