import {
  compareVersions,
  NO_STATEMENTS,
  PARTITIONS,
  statementState,
  type StatementState,
} from '@freshet/protocol'
import type { MissedAt, MissedCount, RecordedFeed, SourceViewStore } from './source-view-store.ts'
import type { Feed } from '../stamps/stamp-store.ts'

/** The most missed changes of a snapshot that are listed. */
export const MISSED_SHOWN_MAX = 100

/** The status of the newest snapshot of a feed, and the missed changes that it found. */
export interface StatementStatus {
  /** The id of its begin. */
  readonly begin: string
  readonly partitions: readonly { readonly partition: number; readonly state: StatementState }[]
  /** The number of claims of subjects that it stated. */
  readonly compared: number
  /** The missed changes. The first of them are listed, at most {@link MISSED_SHOWN_MAX}. */
  readonly missed: MissedCount & { readonly changes: readonly MissedAt[] }
}

/** Returns the newest snapshot that began in any partition. */
export async function newestStatement(
  view: SourceViewStore,
  feed: Feed,
  rows: readonly RecordedFeed[],
): Promise<StatementStatus | null> {
  const [newest] = rows
    .filter(({ statements }) => statements.latest !== null)
    .toSorted((a, b) => compareVersions(b.statements.newest, a.statements.newest))
  const begin = newest?.statements.latest
  if (!begin) return null
  const partitions = PARTITIONS.map((partition) => {
    const row = rows.find((each) => each.partition === partition)
    return { partition, state: statementState(row?.statements ?? NO_STATEMENTS, begin) }
  })
  const its = rows.filter(({ statements }) => statements.latest === begin)
  const question = { sinceMs: 0, statement: begin }
  return {
    begin,
    partitions,
    compared: its.reduce((sum, { statements }) => sum + statements.compared, 0),
    missed: {
      ...(await view.missed(feed, question)),
      changes: await view.missedList(feed, question, MISSED_SHOWN_MAX),
    },
  }
}
