import { FreshetError } from '@freshet/protocol'
import type { Database } from '../connection/pool.ts'
import { applyNextStep, type StepOutcome } from './apply/apply-step.ts'
import { blockersText } from './blocking-sessions.ts'
import { MIGRATIONS_DIR, readMigrations, type Migration } from './migration-files.ts'
import { migrationStatus } from './migration-status.ts'
import { requirePrivileges } from './missing-privilege.ts'

/**
 * Brings the schema up to this build, one transaction per step, under an advisory lock: services
 * that start together wait for one another. Returns the names of the steps it applied; none when
 * the schema is current, or has more steps that this build can ignore.
 *
 * A step that does not get a lock within `limits` is rolled back and tried again. A step that is marked
 * `-- concurrently` builds its index outside a transaction, while others write. If that was interrupted, the next
 * call begins it anew.
 *
 * @throws `database.migration` if the schema is newer, or if an applied step was changed since;
 *   `database.privilege` if the login lacks one, with the SQL that grants it; `database.timeout` if a step got
 *   no lock in its last attempt, with the sessions that hold it
 */
export async function migrate(
  db: Database,
  dir: string = MIGRATIONS_DIR,
  limits: StepLimits = STEP_LIMITS,
): Promise<readonly string[]> {
  const known = await readMigrations(dir)
  if (await isCurrent(db, dir)) return []
  await requirePrivileges(db)
  const done: string[] = []
  for (;;) {
    const name = await nextStep(db, known, limits)
    if (name === undefined) return done
    done.push(name)
  }
}

/** Returns false if the login cannot read the record: it then lacks a privilege. */
async function isCurrent(db: Database, dir: string): Promise<boolean> {
  return migrationStatus(db, dir).then(
    ({ state }) => state === 'current' || state === 'expanded',
    () => false,
  )
}

/** Applies the first pending step, in as many attempts as the limits allow. */
async function nextStep(
  db: Database,
  known: readonly Migration[],
  { lockTimeoutMs, attemptsMax, pauseMs, buildMs }: StepLimits,
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    // The second connection of a watch is opened only if a lock was missing, and for a build.
    const isWatched = attempt > 1 || attemptsMax === 1
    const outcome = await applyNextStep(db, { known, lockTimeoutMs, buildMs, isWatched })
    if (outcome.kind === 'applied') return outcome.step
    if (outcome.isBuild) throw unfinished(outcome, buildMs)
    if (attempt >= attemptsMax) throw blocked(outcome, attempt, lockTimeoutMs)
    await pause(db, pauseMs)
  }
}

function unfinished(
  { step, sessions, cause }: Extract<StepOutcome, { kind: 'blocked' }>,
  buildMs: number,
): FreshetError {
  const message =
    `Migration ${step} did not build its index within ${buildMs / 1_000} s: ${blockersText(sessions)}. ` +
    'No reader and no writer waited for it. The next `freshet db migrate` removes the unfinished index and builds ' +
    'it again. End the session first, if it has an old transaction.'
  return new FreshetError('database.timeout', message, { cause })
}

function blocked(
  { step, sessions, cause }: Extract<StepOutcome, { kind: 'blocked' }>,
  attempts: number,
  lockTimeoutMs: number,
): FreshetError {
  const message =
    `Migration ${step} got no lock within ${attempts} attempts of ${lockTimeoutMs} ms: ${blockersText(sessions)}. ` +
    'Nothing of this step was applied. Wait for the end of that session, or end it with ' +
    'pg_terminate_backend. Then run `freshet db migrate` again.'
  return new FreshetError('database.timeout', message, { cause })
}

/** The server waits, so that the caller needs no clock. */
async function pause(db: Database, ms: number): Promise<void> {
  await db.query({ name: '', text: 'SELECT pg_sleep($1)' }, [ms / 1_000])
}

/** The limits of one step of a migration on its waits for locks. */
export interface StepLimits {
  /**
   * The longest wait of a statement for one lock, in milliseconds. While a step waits, later readers and
   * writers of the table wait behind it.
   */
  readonly lockTimeoutMs: number
  /** The number of attempts of one step before the migration ends with an error. */
  readonly attemptsMax: number
  /** The pause between two attempts, in milliseconds. Statements that waited behind the step run in it. */
  readonly pauseMs: number
  /**
   * The longest build of an index in a step that is marked `-- concurrently`, in milliseconds. It includes the wait
   * for older transactions, during which no reader and no writer waits.
   */
  readonly buildMs: number
}

/**
 * The default limits. A wait is shorter than the lock timeout of services (2 s), so that their statements
 * succeed after it.
 */
export const STEP_LIMITS: StepLimits = {
  lockTimeoutMs: 1_000,
  attemptsMax: 10,
  pauseMs: 2_000,
  buildMs: 3_600_000,
}
