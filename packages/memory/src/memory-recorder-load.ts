import {
  changeKey,
  claimKey,
  compareVersions,
  feedKey,
  NO_STATEMENTS,
  NOTHING_SWEPT,
  subjectKey,
  SWEEP_MAX,
  valueScopeKey,
  valuesInForce,
  type ClaimValue,
  type NeededState,
  type SeenChange,
  type SweepSize,
} from '@freshet/domain'
import type { LoadedState } from '@freshet/reconciler'
import { accountRow } from './memory-accounts.ts'
import type { MemoryDatabase } from './memory-database.ts'
import type { ClaimStateRow } from './memory-rows.ts'

/** Where state is loaded from. */
export interface LoadContext {
  readonly database: MemoryDatabase
  readonly partition: number
}

/** What a batch needs to be decided. */
export function loadState(
  context: LoadContext,
  needed: NeededState,
  sweepClaims: readonly string[],
): LoadedState {
  const swept = loadSwept(context, needed.sweep, sweepClaims)
  return {
    seen: loadSeen(context, needed.changes),
    claims: loadClaims(context, needed.claims),
    accounts: loadAccounts(context, needed.accounts),
    feeds: loadFeeds(context, needed.feeds),
    withdrawn: loadWithdrawn(context, needed.withdrawn),
    swept: swept.slice(0, SWEEP_MAX),
    sweptMore: swept.length > SWEEP_MAX,
    sweepSize: sweepSizeOf(context, needed.sweep, { swept, names: sweepClaims }),
  }
}

function found<T, Row>(
  asked: readonly T[],
  find: (each: T) => readonly [string, Row] | undefined,
): ReadonlyMap<string, Row> {
  return new Map(asked.flatMap((each) => [find(each)].filter((entry) => entry !== undefined)))
}

function loadSeen(
  { database, partition }: LoadContext,
  changes: NeededState['changes'],
): LoadedState['seen'] {
  return found(changes, (change) => {
    const { tenant, source, id } = change
    const row = database.changeLog.get(JSON.stringify([tenant, source, id, partition]))
    const as = seenAs(row?.outcome ?? '')
    const held = as === 'held' && row ? { held: { e: row.e, partition, offset: row.offset } } : {}
    return row && ([changeKey(change), { contentHash: row.contentHash, as, ...held }] as const)
  })
}

function seenAs(outcome: string): SeenChange['as'] {
  if (outcome === 'quarantined') return 'refused'
  return outcome === 'doubtful' || outcome === 'held' ? outcome : 'accepted'
}

function loadClaims(
  { database }: LoadContext,
  claims: NeededState['claims'],
): LoadedState['claims'] {
  return found(claims, ({ subject, claim }) => {
    const row = database.claimStates.get(JSON.stringify([subjectKey(subject), claim]))
    return row && ([claimKey(subject, claim), row] as const)
  })
}

function loadSwept(
  { database, partition }: LoadContext,
  sweep: NeededState['sweep'],
  claims: readonly string[],
): readonly ClaimStateRow[] {
  if (sweep === null) return []
  const { tenant, source } = sweep
  const begin = database.feeds.get(JSON.stringify([tenant, source, partition]))?.statements?.open
  if (!begin) return []
  return database.claimStates
    .values()
    .filter((row) => row.partition === partition && row.subject.tenant === tenant)
    .filter((row) => claims.includes(row.claim))
    .filter((row) => row.source !== source || compareVersions(row.state.floor, begin) < 0)
    .sort((a, b) => (subjectKey(a.subject) < subjectKey(b.subject) ? -1 : 1))
}

function sweepSizeOf(
  { database, partition }: LoadContext,
  sweep: NeededState['sweep'],
  { swept, names }: { readonly swept: readonly ClaimStateRow[]; readonly names: readonly string[] },
): SweepSize {
  if (sweep === null) return NOTHING_SWEPT
  const { tenant, source } = sweep
  const isIn = ({ state, ...row }: ClaimStateRow): boolean =>
    row.source === source && valuesInForce(state).length > 0
  const claims = database.claimStates
    .values()
    .filter((row) => row.partition === partition && row.subject.tenant === tenant)
    .filter((row) => names.includes(row.claim) && isIn(row))
  const losing = swept.filter(isIn)
  const subjects = new Set(losing.map(({ subject }) => subjectKey(subject)))
  return { claims: claims.length, losing: losing.length, subjects: subjects.size }
}

function loadAccounts(
  { database }: LoadContext,
  subjects: NeededState['accounts'],
): LoadedState['accounts'] {
  return found(subjects, (subject) => {
    const row = accountRow(database, subject)
    return row && ([subjectKey(subject), row] as const)
  })
}

function loadFeeds(
  { database, partition }: LoadContext,
  feeds: NeededState['feeds'],
): LoadedState['feeds'] {
  return found(feeds, ({ tenant, source }) => {
    const row = database.feeds.get(JSON.stringify([tenant, source, partition]))
    if (row === undefined) return undefined
    const statements = row.statements ?? NO_STATEMENTS
    const removals = row.removals === undefined ? {} : { removals: row.removals }
    const held = { tenant, source, feed: row.feed, statements, ...removals }
    return [feedKey(held), held] as const
  })
}

function loadWithdrawn(
  { database }: LoadContext,
  claims: NeededState['withdrawn'],
): LoadedState['withdrawn'] {
  const rows = database.withdrawnValues.values()
  return new Map(
    claims.flatMap(({ tenant, claim }) =>
      rows
        .filter((row) => row.tenant === tenant && row.claim === claim)
        .map(({ value, version }) => [
          valueScopeKey(tenant, claim, JSON.parse(value) as ClaimValue),
          version,
        ]),
    ),
  )
}
