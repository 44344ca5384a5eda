import type { ChangeSample, RecordedApply, OpenChange } from '@freshet/insight'

/** Key: partition, edge, offset. */
export interface EdgeApplyRow extends RecordedApply {
  readonly partition: number
  /** The first offset of a group's pass: its last edge passed from here on. Absent in the row of one edge. */
  readonly fromOffset?: bigint
}

/** Key: the key of the change. */
export interface SampleRow {
  readonly origin: OpenChange['origin']
  readonly class: string | null
  readonly appendedAtMs: number
  /** `null` while the change is open. */
  readonly sample: ChangeSample | null
}

/**
 * Returns the apply beyond an offset, from the rows of one edge or group in one partition. This is the first
 * apply of an edge, or the last of those of a group that passed the offset.
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

/** Returns the key of a change of the log and of its sample. */
export function changeRowKey(change: {
  readonly tenant: string
  readonly source: string
  readonly id: string
  readonly partition: number
}): string {
  return JSON.stringify([change.id, change.tenant, change.source, change.partition])
}
