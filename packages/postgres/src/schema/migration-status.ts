import { FreshetError } from '@freshet/protocol'
import { MIGRATIONS_DIR, readMigrations, type Migration } from './migration-files.ts'
import type { Queryable } from '../connection/query.ts'

/** @internal The column `expands` is absent before step 50. */
export const READ_RECORD = `
  SELECT number, name, sha256, coalesce((to_jsonb(m) ->> 'expands')::boolean, false) AS expands
  FROM freshet_migration m ORDER BY number`
const HAS_RECORD = `SELECT to_regclass('freshet_migration') IS NOT NULL AS present`

/** @internal A step that the database has recorded. */
export type AppliedStep = Omit<Migration, 'sql'>

/** The database schema compared with the steps of this build. */
export interface MigrationStatus {
  /**
   * `older`: steps are missing. `expanded`: a later build was here, and this build can ignore each of its steps.
   * `newer`: a later build was here. `changed`: a step that was applied is not the one that this build brings
   * under that number.
   */
  readonly state: 'current' | 'older' | 'expanded' | 'newer' | 'changed'
  readonly applied: readonly string[]
  readonly pending: readonly string[]
  /** The applied steps that this build brings in another form. */
  readonly changed: readonly string[]
}

/** Compares without changing anything. @throws `database.*` */
export async function migrationStatus(
  db: Queryable,
  dir: string = MIGRATIONS_DIR,
): Promise<MigrationStatus> {
  const known = await readMigrations(dir)
  const { rows } = await db.query<{ present: boolean }>({ name: 'has-record', text: HAS_RECORD })
  if (rows[0]?.present !== true) return compareSteps(known, [])
  const applied = await db.query<AppliedStep>({ name: 'read-record', text: READ_RECORD })
  return compareSteps(known, applied.rows)
}

/** @internal */
export function compareSteps(
  known: readonly Migration[],
  applied: readonly AppliedStep[],
): MigrationStatus {
  const changed = applied.filter((step, index) => {
    const ours = known[index]
    return ours !== undefined && (ours.number !== step.number || ours.sha256 !== step.sha256)
  })
  const pending = known.slice(applied.length).map(stepName)
  const later = applied.slice(known.length)
  return {
    state: stateOf(known.length - applied.length, changed.length, later),
    applied: applied.map(stepName),
    pending,
    changed: changed.map(stepName),
  }
}

function stateOf(
  missing: number,
  changed: number,
  later: readonly AppliedStep[],
): MigrationStatus['state'] {
  if (changed > 0) return 'changed'
  if (missing < 0) return later.every(({ expands }) => expands) ? 'expanded' : 'newer'
  return missing > 0 ? 'older' : 'current'
}

/** @internal The name of a step's file, without its ending. */
export function stepName(step: AppliedStep): string {
  return `${String(step.number).padStart(4, '0')}_${step.name}`
}

/** @internal The error of a schema that is not the one of this build. */
export function schemaMismatch({
  state,
  applied,
  pending,
  changed,
}: MigrationStatus): FreshetError {
  const steps = `${applied.length} steps applied, ${pending.length} pending`
  const advice = state === 'older' ? ' Run `freshet db migrate`.' : ''
  return new FreshetError(
    'database.migration',
    state === 'changed'
      ? `This build has another form of ${changed.join(', ')} than the database (${steps}). Use the build that migrated the database, or restore these files.`
      : `The database schema is ${state} than this build (${steps}).${advice}`,
  )
}
