import type { Counting, Ending, Taking } from '../reconcile/snapshot/ending.ts'
import type { StatedKind } from './change.ts'
import { RETENTION } from '../limits/retention.ts'
import {
  compareVersions,
  laterVersion,
  NO_VERSION,
  type SourceVersion,
} from '../position/source-version.ts'

/** The known snapshots of a source in one partition. */
export interface Statements {
  /** Version of the `snapshot-begin` whose end has not come yet. */
  readonly open: SourceVersion | null
  /** The newest version of any border that ever stood here, whatever became of it. */
  readonly newest: SourceVersion
  /** The kinds of state that the newest begin that was taken announced beside claims. */
  readonly states: readonly StatedKind[]
  /** Id of the newest begin that was taken. */
  readonly latest: string | null
  /** Id of the begin of the newest one that has ended. */
  readonly ended: string | null
  /** Its end waits for a confirmation. */
  readonly held: boolean
  /** Claims of subjects that the newest one stated here. */
  readonly compared: number
  /** Names of the claims that an ended snapshot stated: a claim that it did not contain is empty. */
  readonly covers: readonly string[]
  /** The walk that counts for it, or that takes away what it did not name; `null`: none is begun, or it is over. */
  readonly ending: Ending | null
}

/**
 * The state of a snapshot in a partition. `ending`: what it does not name is taken away in steps. `void`: it
 * was given up for a newer event or begin.
 */
export type StatementState = 'awaited' | 'open' | 'held' | 'ending' | 'ended' | 'void'

/** The state of the snapshot with this begin. */
export function statementState(
  { open, latest, ended, held, ending }: Statements,
  begin: string,
): StatementState {
  if (ending?.phase === 'taking' && ending.begin === begin) return 'ending'
  if (ended === begin) return 'ended'
  if (latest !== begin) return 'awaited'
  if (open === null) return 'void'
  return held ? 'held' : 'open'
}

/** The count of the open snapshot, under this version of the policy; `null`: none. */
export function countedOf({ open, ending }: Statements, pv: number): Counting | null {
  if (open === null || ending?.phase !== 'counting' || ending.pv !== pv) return null
  return compareVersions(ending.floor, open) === 0 ? ending : null
}

/**
 * Returns whether a walk is to continue: one that removes claims, or one that counts for an open snapshot.
 */
export function isWalking({ open, held, ending }: Statements): boolean {
  if (ending?.phase === 'taking') return true
  return open !== null && !held && ending?.after !== null
}

/** The rest that a walk is to remove after the end of a snapshot; `null`: nothing. */
export function takingOf({ ending }: Statements): Taking | null {
  return ending?.phase === 'taking' ? ending : null
}

/**
 * An open snapshot counts no more, because it began before its source was given something to state. The next
 * one answers instead.
 */
export function voidStatement(statements: Statements): Statements {
  if (statements.open === null) return statements
  return { ...statements, open: null, held: false, ending: takingOf(statements) }
}

/** The time for which the findings of a snapshot are shown: as long as changes stay in the log. */
export const MISSED_KEPT_MS: number = RETENTION.missed.keptMs

/** No border ever stood here. */
export const NO_STATEMENTS: Statements = {
  open: null,
  newest: NO_VERSION,
  states: [],
  latest: null,
  ended: null,
  held: false,
  compared: 0,
  covers: [],
  ending: null,
}

/** A border of a full statement, as far as its place among the others goes. */
export interface StatementMarker {
  readonly kind: 'snapshot-begin' | 'snapshot-end'
  readonly id: string
  readonly sourceVersion: SourceVersion
  readonly occurredAtMs: number
}

/**
 * The reason why a snapshot marker is refused; `undefined` if it is accepted.
 *
 * A process that can write to the topic can append every marker again that the source ever sent. One that
 * stood here before is not newer than those, so as a begin it is none, and as an end it is older than the
 * begin of every statement after it. So no old border ends, replaces or lowers a statement.
 */
export function markerRefusal(
  { open, newest }: Statements,
  marker: StatementMarker,
  givenMs: number,
): string | undefined {
  const { kind, sourceVersion } = marker
  if (kind === 'snapshot-begin') {
    const isNewer = compareVersions(sourceVersion, newest) > 0
    if (!isNewer) return 'a border of this version or a newer one stood here before'
    if (!isBeforeGiven(marker, givenMs)) return undefined
    return 'its state is older than the activation that gave its source a claim or the accounts: read the state again'
  }
  if (open === null) return 'no full statement of it is open'
  return compareVersions(sourceVersion, open) < 0
    ? 'it is older than the begin of the full statement that is open'
    : undefined
}

/**
 * Returns whether a begin has the state of a time before its source was given something to state. Such a state
 * lacks that, or lacks the changes of it that were refused until then.
 */
function isBeforeGiven({ kind, occurredAtMs }: StatementMarker, givenMs: number): boolean {
  return kind === 'snapshot-begin' && occurredAtMs <= givenMs
}

/** Takes note of a border that stood here, even where it is refused. */
export function noteMarker(
  before: Statements,
  marker: StatementMarker,
  givenMs: number,
): Statements {
  const newest = laterVersion(before.newest, marker.sourceVersion)
  const noted = newest === before.newest ? before : { ...before, newest }
  // Its source finds it void, unless another one is open.
  const isVoid = before.open === null && newest !== before.newest && isBeforeGiven(marker, givenMs)
  return isVoid ? { ...noted, latest: marker.id } : noted
}

/** A confirmation goes to every partition, also to those in which its statement was not held. */
export function isConfirmedElsewhere(
  { open }: Statements,
  marker: StatementMarker & { readonly confirmed?: true },
): boolean {
  return marker.confirmed === true && open === null
}
