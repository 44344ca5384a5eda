import { CONTROL_PARTITION, PARTITIONS, partitionOf } from '@freshet/protocol'
import { subjectOf } from './journal.ts'

/** The crowd of each partition, large enough for shares to count (`SNAPSHOT_REMOVAL_SUBJECTS_MIN`). */
const IN_EACH = 12
const NAMES_MAX = 1_000

/** Returns subjects of a source that never have a token: as many in each partition of subjects. */
export function crowdOf(tenant: string): readonly string[] {
  const names = Array.from({ length: NAMES_MAX }, (_, at) => `clerk-${at + 1}`)
  const placeOf = (sub: string): number => partitionOf(subjectOf(tenant, sub))
  return PARTITIONS.filter((partition) => partition !== CONTROL_PARTITION).flatMap((partition) =>
    names.filter((sub) => placeOf(sub) === partition).slice(0, IN_EACH),
  )
}
