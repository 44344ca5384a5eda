/**
 * A position: an offset of the change topic within one incarnation `e` of that topic. Watermarks
 * are positions; positions of different incarnations compare by `e` first.
 */
export interface Position {
  readonly e: bigint
  readonly offset: bigint
}

/** Negative, zero or positive as `a` stands before, at or after `b`. */
export function comparePositions(a: Position, b: Position): number {
  if (a.e !== b.e) return a.e < b.e ? -1 : 1
  if (a.offset === b.offset) return 0
  return a.offset < b.offset ? -1 : 1
}

/** Merging watermarks is `max`: duplicates, reordering and replays change nothing (rule 9). */
export function laterPosition(a: Position | undefined, b: Position): Position {
  return a !== undefined && comparePositions(a, b) >= 0 ? a : b
}

/** The position just after the record at `offset`: tokens labelled below it are stale. */
export function after(e: bigint, offset: bigint): Position {
  return { e, offset: offset + 1n }
}

/**
 * A token's label: `s` and `c` are the next offsets to be applied in the subject's and in the
 * control partition, read in the same snapshot as the claims; `e` is the topic's incarnation.
 */
export interface Label {
  readonly e: bigint
  readonly s: bigint
  readonly c: bigint
}

/** The component of a label that a scope is judged by. */
export type LabelComponent = 's' | 'c'

/** Returns whether a token with this label is stale under a watermark (rules 3 and 26). */
export function isBelow(label: Label, by: LabelComponent, watermark: Position): boolean {
  return comparePositions({ e: label.e, offset: label[by] }, watermark) < 0
}
