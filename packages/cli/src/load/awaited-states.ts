import { CONTROL_PARTITION, type StatedKind } from '@freshet/protocol'
import type { SourceStatusAnswer } from '../stack/source-client.ts'

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
