import type { ChangeSample, EdgeApply, OpenChange } from '@freshet/observatory'

/** Key: partition, edge, offset. */
export interface EdgeApplyRow extends EdgeApply {
  readonly partition: number
  /** Of a group: from here on its last edge passed; absent: of one edge. */
  readonly fromOffset?: bigint
}

/** Key: that of the change. */
export interface SampleRow {
  readonly origin: OpenChange['origin']
  readonly class: string | null
  readonly appendedAtMs: number
  /** `null` while it is open. */
  readonly sample: ChangeSample | null
}

/**
 * The apply beyond an offset, of the rows of one edge or group in one partition: the first of an edge, the last of
 * those of a group that passed over the offset.
 */
export function applyBeyond(
  rows: readonly EdgeApplyRow[],
  offset: bigint,
): EdgeApplyRow | undefined {
  const over = rows.filter(({ upTo, fromOffset = offset }) => upTo > offset && fromOffset <= offset)
  return over.toSorted((a, b) => placeOf(a) - placeOf(b))[0]
}

function placeOf({ fromOffset, upTo, appliedAtMs }: EdgeApplyRow): number {
  return fromOffset === undefined ? Number(upTo) : -appliedAtMs
}

/** By what changes of the log and their samples are known. */
export function changeRowKey(change: {
  readonly tenant: string
  readonly source: string
  readonly id: string
  readonly partition: number
}): string {
  return JSON.stringify([change.id, change.tenant, change.source, change.partition])
}
