/**
 * The database role of a pool; no login has it. `freshet_tenant`: for one tenant at a time, which each
 * transaction names. `freshet_system`: across tenants. `freshet_ledger`: owns the ledger's tables, makes and
 * drops their partitions, and can read no row. They are made by migration 0026.
 */
export type DatabaseRole = 'freshet_tenant' | 'freshet_system' | 'freshet_ledger'
