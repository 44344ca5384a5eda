import { CONTROL_PARTITION, PARTITIONS, partitionOf } from '@freshet/domain'
import { subjectOf } from './journal.ts'

/** So many in each partition that shares of them say something (`SWEEP_SUBJECTS_MIN`). */
const IN_EACH = 12
const NAMES_MAX = 1_000

/** People of whom a source speaks and who never have a token: as many in each partition of subjects. */
export function crowdOf(tenant: string): readonly string[] {
  const names = Array.from({ length: NAMES_MAX }, (_, at) => `clerk-${at + 1}`)
  const placeOf = (sub: string): number => partitionOf(subjectOf(tenant, sub))
  return PARTITIONS.filter((partition) => partition !== CONTROL_PARTITION).flatMap((partition) =>
    names.filter((sub) => placeOf(sub) === partition).slice(0, IN_EACH),
  )
}
