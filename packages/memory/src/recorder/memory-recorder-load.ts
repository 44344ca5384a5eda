import {
  CONTROL_PARTITION,
  changeKey,
  claimKey,
  feedKey,
  subjectKey,
  valueScopeKey,
  type ClaimValue,
  type NeededState,
  type SeenChange,
} from '@freshet/protocol'
import type { LoadedState } from '@freshet/reconciler'
import type { MemoryLoadContext } from './memory-recorder-context.ts'
import { heldFeedOf, walkingMemoryFeeds } from './memory-recorder-walk.ts'

/** Returns the state that a batch needs for its decision. */
export function loadMemoryState(context: MemoryLoadContext, needed: NeededState): LoadedState {
  return {
    seen: loadSeen(context, needed.changes),
    claims: loadClaims(context, needed.claims),
    accounts: loadAccounts(context, needed.accounts),
    feeds: new Map([
      ...loadFeeds(context, needed.feeds),
      ...(needed.walks ? walkingMemoryFeeds(context) : []).map(
        (held) => [feedKey(held), held] as const,
      ),
    ]),
    withdrawn: loadWithdrawn(context, needed.withdrawn),
    known: knownIssuers(context, needed.issuers),
  }
}

function knownIssuers(
  { database, partition }: MemoryLoadContext,
  issuers: NeededState['issuers'],
): LoadedState['known'] {
  const isControl = partition === CONTROL_PARTITION
  const claims = database.claimStates
    .values()
    .filter((row) => isControl || row.partition === partition)
  const stored = [...claims, ...(isControl ? database.accounts.values() : [])]
  return issuers.filter(({ tenant, iss }) =>
    stored.some(({ subject }) => subject.tenant === tenant && subject.iss === iss),
  )
}

function found<T, Row>(
  wanted: readonly T[],
  find: (each: T) => readonly [string, Row] | undefined,
): ReadonlyMap<string, Row> {
  return new Map(wanted.flatMap((each) => [find(each)].filter((entry) => entry !== undefined)))
}

function loadSeen(
  { database, partition }: MemoryLoadContext,
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
  { database }: MemoryLoadContext,
  claims: NeededState['claims'],
): LoadedState['claims'] {
  return found(claims, ({ subject, claim }) => {
    const row = database.claimStates.get(JSON.stringify([subjectKey(subject), claim]))
    return row && ([claimKey(subject, claim), row] as const)
  })
}

function loadAccounts(
  { database }: MemoryLoadContext,
  subjects: NeededState['accounts'],
): LoadedState['accounts'] {
  return found(subjects, (subject) => {
    const key = subjectKey(subject)
    const row = database.accounts.get(key)
    return row && ([key, row] as const)
  })
}

function loadFeeds(
  { database, partition }: MemoryLoadContext,
  feeds: NeededState['feeds'],
): LoadedState['feeds'] {
  return found(feeds, ({ tenant, source }) => {
    const row = database.feeds.get(JSON.stringify([tenant, source, partition]))
    return row && ([feedKey(row), heldFeedOf(row)] as const)
  })
}

function loadWithdrawn(
  { database }: MemoryLoadContext,
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
