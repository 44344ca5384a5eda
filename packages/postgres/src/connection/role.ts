/**
 * The database role of a pool; no login has it. `freshet_tenant`: for one tenant at a time, which each
 * transaction names. `freshet_system`: across tenants. `freshet_ledger`: owns the ledger's tables, makes and
 * drops their partitions, and can read no row. Migration 0026 creates those that do not exist.
 */
export type DatabaseRole = 'freshet_tenant' | 'freshet_system' | 'freshet_ledger'

/** @internal All of them, in the order in which texts name them. */
export const ALL_ROLES: readonly DatabaseRole[] = [
  'freshet_tenant',
  'freshet_system',
  'freshet_ledger',
]
