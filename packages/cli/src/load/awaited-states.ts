import { CONTROL_PARTITION, type StatedKind } from '@freshet/protocol'
import type { SourceStatusAnswer } from '@freshet/source'
import { CliError } from '../cli-error.ts'

/**
 * Returns the kinds of state that the control partition waits for. It is halted or has a gap there, and only a
 * snapshot with these kinds ends that. A gateway of an earlier release does not name them.
 */
export function awaitedStates({
  states = [],
  partitions,
}: Pick<SourceStatusAnswer, 'states' | 'partitions'>): readonly StatedKind[] {
  const control = partitions.find(({ partition }) => partition === CONTROL_PARTITION)
  return control?.condition === 'halted' || control?.condition === 'hole' ? states : []
}

/** The least that the reconciler requires of the next snapshot of a source. */
export interface AwaitedSnapshot {
  readonly states: readonly StatedKind[]
  /** Its state is of a later time than this, in milliseconds. */
  readonly afterMs: number
}

/** The snapshot that a source's status awaits. */
export function awaitedSnapshot(status: SourceStatusAnswer): AwaitedSnapshot {
  const { stateAfter } = status
  const afterMs = stateAfter === undefined ? 0 : Date.parse(stateAfter)
  return { states: awaitedStates(status), afterMs }
}

/** Refuses a file that was written before an activation that gave its source something to state. */
export function refuseOlder(path: string, writtenAtMs: number, { afterMs }: AwaitedSnapshot): void {
  if (writtenAtMs > afterMs) return
  const [written, activated] = [writtenAtMs, afterMs].map((ms) => new Date(ms).toISOString())
  throw new CliError(
    'error',
    `${path} is older than the newest activation for its source; nothing was sent.`,
    {
      why: `it was written at ${written}, and the source got a claim or the accounts at ${activated}`,
      next: 'write the file anew, so that it has the changes that were refused until then',
    },
  )
}

const LINES_OF: Readonly<Record<StatedKind, string>> = {
  accounts: 'a line for each account, like {"subject":"alice","account":"enabled"}',
  'cut-offs':
    'a line for each cut-off and denial in force, like {"op":"deny","scope":"key","target":"at-1"}',
}

/** The sentence about a snapshot that lacks a kind of state. */
export function lackOf(kind: StatedKind, source: string): string {
  return (
    `partition ${CONTROL_PARTITION} waits for a snapshot of ${source} with ${kind}, and this file has none: ` +
    `add ${LINES_OF[kind]}; or --states ${kind} if none exists`
  )
}
