import type { Queryable } from '../connection/query.ts'
import { MIGRATIONS_DIR } from './migration-files.ts'
import { migrationStatus, schemaMismatch, type MigrationStatus } from './migration-status.ts'
import { requirePrivileges } from './missing-privilege.ts'
import { STEP_EFFECTS, type StepEffect } from './step-effects.ts'

/** A pending step, with its effect on tables that exist before it. */
export interface PlannedStep {
  readonly name: string
  /** Absent for a step that this build did not measure. */
  readonly effect: StepEffect | undefined
}

/** The steps that a migration would apply. */
export interface MigrationPlan {
  readonly state: MigrationStatus['state']
  readonly applied: number
  readonly pending: readonly PlannedStep[]
}

/**
 * Returns the pending steps with the locks of each, and changes nothing.
 *
 * @throws what `migrate` would throw before its first step: `database.migration` if the schema is newer or
 *   changed, `database.privilege` if the login lacks a privilege
 */
export async function planMigration(
  db: Queryable,
  dir: string = MIGRATIONS_DIR,
): Promise<MigrationPlan> {
  const status = await migrationStatus(db, dir).catch(async (error: unknown) => {
    // A login that cannot read the record lacks a privilege, which has an error of its own.
    await requirePrivileges(db)
    throw error
  })
  const { state, applied, pending } = status
  if (state === 'newer' || state === 'changed') throw schemaMismatch(status)
  if (state === 'older') await requirePrivileges(db)
  const steps = pending.map((name) => ({ name, effect: STEP_EFFECTS[name] }))
  return { state, applied: applied.length, pending: steps }
}
