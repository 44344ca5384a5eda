import { partitionOf, scopeKey, subjectKey, valueKey } from '@freshet/protocol'
import { MINUTE_MS, minuteOf } from '@freshet/protocol/slo'
import type { Queryable } from '@freshet/postgres'
import type { LoggedChange, ObservatoryStore } from '@freshet/insight'
import { ALICE, loggedChange } from '@freshet/testkit'
import type { Exposure, UnverifiedSources } from '@freshet/wire'
import { plantRow } from '../setup/plant-row.ts'
import { seedChange } from '../setup/seed-change.ts'
import { LET_IN } from './seed-levels.ts'

/** The trace of the removal. */
export const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
/** Offset of its revocation. */
const REVOCATION = 9n

/** Seeds a removal that two of three edges have applied, a grant before it, and a wide cut-off. */
export async function seedChanges(db: Queryable, nowMs: number): Promise<void> {
  const at = (agoMs: number): Partial<LoggedChange> => ({
    occurredAtMs: nowMs - agoMs,
    appendedAtMs: nowMs - agoMs + 18,
    receivedAtMs: nowMs - agoMs + 24,
    appliedAtMs: nowMs - agoMs + 31,
    publishedAtMs: nowMs - agoMs + 38,
  })
  const changes = [
    {
      id: 'hr-000000000042',
      ...at(10_000),
      offset: 41n,
      tokensMarked: 1,
      revocationOffset: REVOCATION,
      traceparent: `00-${TRACE}-00f067aa0ba902b7-01`,
    },
    {
      id: 'hr-000000000041',
      ...at(70_000),
      offset: 40n,
      op: 'add',
      tightened: false,
      publishedAtMs: null,
      revocationOffset: null,
      class: 'grow',
      tokensMarked: 0,
    },
    {
      id: 'security-7',
      ...at(600_000),
      offset: 11n,
      partition: 0,
      source: 'security',
      kind: 'cut-off',
      op: null,
      claim: null,
      subject: null,
      class: 'kill',
      tokensMarked: 1_204,
      revocationOffset: 3n,
    },
  ]
  const scope = scopeKey({ kind: 'subject', subject: ALICE, claim: 'groups' })
  await plantRow({ db }, 'watermark', {
    scope_key: scope,
    tenant: 'acme',
    partition: partitionOf(ALICE),
    e: 1n,
    position: 42n,
    source: 'hr',
    change: 'hr-000000000042',
    time_ms: nowMs - 10_000,
    raised_at_ms: nowMs - 9_969,
  })
  for (const more of changes) await seedChangeOfAlice(db, more, nowMs)
  const claim = { subject: subjectKey(ALICE), claim: 'groups', tenant: 'acme', source: 'hr' }
  const elements = JSON.stringify({ [valueKey('payments-approvers')]: ['0', '42', true] })
  const floor = { floor_epoch: 0n, floor_n: 42n, partition: partitionOf(ALICE) }
  await plantRow({ db }, 'claim_state', { ...claim, ...floor, elements })
}

/** Seeds one more change of the subject. */
export function seedChangeOfAlice(
  db: Queryable,
  more: Partial<LoggedChange>,
  nowMs: number,
): Promise<void> {
  return seedChange(db, loggedChange({ subject: subjectKey(ALICE), appliedAtMs: nowMs, ...more }))
}

/** Seeds three edges: one is well and cannot vouch for a silent source, one lags behind, and one is gone. */
export async function seedEdges(store: ObservatoryStore, nowMs: number): Promise<void> {
  const appliedAtMs = nowMs - 9_950
  await report(store, {
    edge: 'payments-eu-1',
    appliedAtMs,
    nowMs: nowMs - 400,
    applied: 12n,
    viewAgeMs: 120,
    silent: [{ tenant: 'acme', source: 'iga', sinceMs: nowMs - 45_000 }],
  })
  await report(store, {
    edge: 'payments-eu-2',
    appliedAtMs,
    nowMs: nowMs - 700,
    applied: 9n,
    viewAgeMs: 7_400,
    exposed: [
      {
        tenant: 'acme',
        partition: 3,
        offset: 8n,
        change: 'hr-past-160',
        commitAtMs: nowMs - 20_000,
        route: 'POST /approve',
        requests: LET_IN,
        firstAtMs: nowMs - 19_000,
        lastAtMs: nowMs - 19_000,
      },
    ],
  })
  await report(store, {
    edge: 'orders-us-1',
    appliedAtMs,
    nowMs: nowMs - 45_000,
    applied: 12n,
    viewAgeMs: 90,
  })
}

/** Seeds the hour before, minute by minute: an edge that was away for a while, and is getting worse. */
export async function seedMinutes(db: Queryable, nowMs: number): Promise<void> {
  const text = `INSERT INTO edge_minute (edge, minute_ms, oldest_ms, allows, denies, challenges,
      denied_stale, denied_unverified, denied_insufficient, denied_other)
    VALUES ('payments-eu-2', $1, $2, 4200, 12, 0, 4, 8, 0, 0)
    ON CONFLICT (minute_ms, edge) DO UPDATE SET oldest_ms = $2, allows = 4200, denies = 12, challenges = 0,
      denied_stale = 4, denied_unverified = 8, denied_insufficient = 0, denied_other = 0`
  for (let ago = 1; ago <= 60; ago += 1) {
    const isAway = ago > 21 && ago < 26
    const minuteMs = minuteOf(nowMs) - ago * MINUTE_MS
    const oldestMs = 90 + ((ago * 7_919) % 97) * (ago < 6 ? 60 : 2)
    if (!isAway) await db.query({ name: '', text }, [minuteMs, oldestMs])
  }
}

interface Seen {
  readonly edge: string
  readonly nowMs: number
  readonly appliedAtMs: number
  readonly applied: bigint
  readonly viewAgeMs: number
  /** The sources that it cannot vouch for. */
  readonly silent?: UnverifiedSources['sources']
  /** The requests that it let in too late. */
  readonly exposed?: readonly Exposure[]
}

async function report(
  store: ObservatoryStore,
  { edge, nowMs, applied, appliedAtMs, viewAgeMs, silent = [], exposed = [] }: Seen,
): Promise<void> {
  const applies =
    applied > REVOCATION ? [{ upTo: applied, appendedAtMs: appliedAtMs - 4, appliedAtMs }] : []
  const partitions = [{ partition: 3, e: 1n, applied, viewAgeMs, applies }]
  const [audience = ''] = edge.split('-')
  const decisions = { allow: 4_210, deny: 12, challenge: 3 }
  const denied = { stale: 2, unverified: 9, insufficient: 1, other: 0 }
  const unverified = { isOutOfView: false, sources: silent, more: 0 }
  const counted = exposed.length === 0 ? {} : { start: 'a', n: 0, exposed }
  const counts = { decisions, denied, unverified, ...counted }
  const of = { edge, audience, version: '0.1.0', atMs: nowMs, partitions, ...counts }
  await store.record([{ report: { ...of, state: 'live' }, reportedAtMs: nowMs }])
}
