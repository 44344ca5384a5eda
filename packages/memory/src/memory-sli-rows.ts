import type { ChangeSample, EdgeApply, OpenChange } from '@freshet/observatory'

/** Key: partition, edge, offset. */
export interface EdgeApplyRow extends EdgeApply {
  readonly partition: number
}

/** Key: that of the change. */
export interface SampleRow {
  readonly origin: OpenChange['origin']
  readonly class: string | null
  readonly appendedAtMs: number
  /** `null` while it is open. */
  readonly sample: ChangeSample | null
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
