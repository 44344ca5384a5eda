import { setTimeout as wait } from 'node:timers/promises'
import { askSourceStatus, type SourceStatusAnswer, type StatementAnswer } from '@freshet/source'
import { CliError } from '../../cli-error.ts'
import { withProgress } from '../../output/progress.ts'
import type { Shell } from '../../shell.ts'
import { sourceAccess } from './source-access.ts'
import {
  runSourceLoad,
  withKeyFile,
  type SourceLoadOptions,
  type SourceLoadResult,
} from './source-load.ts'

/** The interval of questions about the snapshot. */
const ASK_EVERY_MS = 1_000
/** The longest time without progress of the reconciler. */
export const STILL_MAX_MS = 60_000

/** The findings of a snapshot, and its source. */
export interface ResyncReport
  extends
    Pick<SourceLoadResult, 'source' | 'lines' | 'skipped' | 'sent' | 'seconds'>,
    Pick<SourceStatusAnswer, 'owner' | 'contact' | 'omittedAccounts'>,
    Pick<StatementAnswer, 'begin' | 'compared' | 'missed'> {
  /** `held`: it waits to be confirmed. `void`: its end was refused, so it must begin anew. */
  readonly state: 'ended' | 'held' | 'void'
  /** Partitions in which it has not ended. */
  readonly unfinished: readonly number[]
}

/**
 * Runs `freshet source resync`: loads the file, and waits until the reconciler has compared it.
 *
 * @throws `CliError` as a load does; unreachable where the reconciler comes no further
 */
export async function runSourceResync(
  shell: Shell,
  path: string,
  options: SourceLoadOptions,
): Promise<ResyncReport> {
  const loaded = await runSourceLoad(shell, path, { ...options, follows: true })
  const { key, gateway, tenant } = await sourceAccess(shell, withKeyFile(options))
  const waiting = {
    isConfirmed: options.confirm === true,
    ask: () => askSourceStatus(key, gateway, tenant),
    sleep: (ms: number) => wait(ms, undefined, { signal: shell.signal }),
  }
  const what = 'waiting until the reconciler has compared the snapshot'
  return withProgress(shell, what, () => awaitSnapshot(loaded, waiting))
}

type SnapshotStatus = Pick<
  SourceStatusAnswer,
  'owner' | 'contact' | 'statement' | 'omittedAccounts'
>

/** The parts that waiting needs. */
export interface SnapshotWait {
  /** A statement that was confirmed is not held for long: it is waited for. */
  readonly isConfirmed: boolean
  readonly ask: () => Promise<SnapshotStatus>
  readonly sleep: (ms: number) => Promise<void>
}

/** Waits until a snapshot is finished in every partition, and returns its findings. */
export async function awaitSnapshot(
  loaded: SourceLoadResult,
  { isConfirmed, ask, sleep }: SnapshotWait,
): Promise<ResyncReport> {
  let before = ''
  for (let stillMs = 0; stillMs < STILL_MAX_MS; stillMs += ASK_EVERY_MS) {
    const { statement, ...status } = await ask()
    if (statement?.begin === loaded.begin && isDone(statement, isConfirmed)) {
      return reportOf(loaded, { ...status, statement })
    }
    const now = JSON.stringify(statement)
    if (now !== before) stillMs = 0
    before = now
    await sleep(ASK_EVERY_MS)
  }
  throw new CliError(
    'unreachable',
    'The snapshot was sent, and the reconciler has not compared it yet.',
    {
      why: 'the reconciler does not proceed, or the source has begun a newer snapshot',
      next: 'freshet doctor; then run the same command again, which sends nothing twice',
    },
  )
}

function isDone({ partitions }: StatementAnswer, isConfirmed: boolean): boolean {
  return partitions.every(({ state }) =>
    state === 'held' ? !isConfirmed : state === 'ended' || state === 'void',
  )
}

function reportOf(
  { source, lines, skipped, sent, seconds }: SourceLoadResult,
  found: SnapshotStatus & { readonly statement: StatementAnswer },
): ResyncReport {
  const { owner, contact, statement, omittedAccounts } = found
  const { begin, partitions, compared, missed } = statement
  const states = new Set(partitions.map(({ state }) => state))
  const state = states.has('held') ? 'held' : states.has('void') ? 'void' : 'ended'
  const unfinished = partitions.filter((each) => each.state !== 'ended')
  return {
    source,
    owner,
    contact,
    begin,
    state,
    unfinished: unfinished.map(({ partition }) => partition),
    lines,
    skipped,
    sent,
    seconds,
    compared,
    missed,
    ...(omittedAccounts !== undefined && { omittedAccounts }),
  }
}
