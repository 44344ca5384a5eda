import { FreshetError } from '@freshet/protocol'
import type pg from 'pg'
import { toDatabaseError } from '../connection/errors.ts'
import type { Database } from '../connection/pool.ts'
import { queryable } from '../connection/query.ts'
import { watchBlockers, type BlockingSession } from './blocking-sessions.ts'
import type { Migration } from './migration-files.ts'
import {
  compareSteps,
  READ_RECORD,
  schemaMismatch,
  stepName,
  type AppliedStep,
} from './migration-status.ts'
import { migrationFailure } from './missing-privilege.ts'

/** Any number will do that nothing else in the database locks. */
const LOCK_KEY = '7310585030482047079'
/** A second migration waits this long for the first one. */
const TURN_WAIT_MS = 60_000
/** A single step may build an index over a large table. */
const STEP_TIMEOUT_MS = 600_000

const CREATE_RECORD = `
  CREATE TABLE IF NOT EXISTS freshet_migration (
    number int PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`
/** A member without a column is left out: `expands` is a column from step 50 on. */
const ADD_RECORD = `
  INSERT INTO freshet_migration SELECT * FROM jsonb_populate_record(NULL::freshet_migration,
    jsonb_build_object('number', $1::int, 'name', $2::text, 'sha256', $3::text, 'applied_at', now(),
      'expands', $4::boolean))`

const LOCK_NOT_AVAILABLE = '55P03'
const DEADLOCK_DETECTED = '40P01'

/** One attempt to apply the first pending step. */
export interface StepAttempt {
  readonly known: readonly Migration[]
  readonly lockTimeoutMs: number
  /** True to read the sessions that hold the locks, by a second connection. */
  readonly isWatched: boolean
}

/** The result of an attempt. */
export type StepOutcome =
  /** `step` is absent if no step was pending. */
  | { readonly kind: 'applied'; readonly step: string | undefined }
  /** The step did not get a lock, and nothing of it was applied. */
  | {
      readonly kind: 'blocked'
      readonly step: string
      readonly sessions: readonly BlockingSession[]
      readonly cause: FreshetError
    }

/** The phase of the transaction, for the error of a failure. */
interface Phase {
  name: 'turn' | 'record' | 'step'
  step: string
}

/** Applies the first pending step, in one transaction. @throws `database.*` */
export async function applyNextStep(db: Database, attempt: StepAttempt): Promise<StepOutcome> {
  const client = await db.pool.connect().catch((error: unknown) => {
    throw toDatabaseError(error, 'connecting to migrate')
  })
  const phase: Phase = { name: 'turn', step: 'of the record of migrations' }
  const watch = attempt.isWatched ? watchBlockers(db, await pidOf(client)) : undefined
  let succeeded = false
  try {
    const step = await inLockedTransaction(client, attempt, phase)
    succeeded = true
    return { kind: 'applied', step }
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    return await failed(client, phase, error, (await watch?.stop()) ?? [])
  } finally {
    await watch?.stop()
    // Dropping the connection also rolls back the work that a failed step had begun.
    client.release(!succeeded)
  }
}

async function pidOf(client: pg.PoolClient): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return rows[0]?.pid ?? 0
}

async function failed(
  client: pg.PoolClient,
  { name, step }: Phase,
  error: unknown,
  sessions: readonly BlockingSession[],
): Promise<StepOutcome> {
  const state: unknown = Object(error)['code']
  const isLocked = state === LOCK_NOT_AVAILABLE || state === DEADLOCK_DETECTED
  const cause = await migrationFailure(queryable(client), error, step)
  if (isLocked && name === 'step') return { kind: 'blocked', step, sessions, cause }
  if (isLocked && name === 'turn') throw otherMigration(cause)
  throw cause
}

function otherMigration(cause: FreshetError): FreshetError {
  const message = `Another migration of this database runs longer than ${TURN_WAIT_MS / 1_000} s. Wait for its end, then run \`freshet db migrate\` again.`
  return new FreshetError('database.timeout', message, { cause })
}

async function inLockedTransaction(
  client: pg.PoolClient,
  { known, lockTimeoutMs }: StepAttempt,
  phase: Phase,
): Promise<string | undefined> {
  await client.query('BEGIN')
  await client.query(`SET LOCAL lock_timeout = ${TURN_WAIT_MS}`)
  await client.query(`SET LOCAL statement_timeout = ${STEP_TIMEOUT_MS}`)
  await patiently(client, `SELECT pg_advisory_xact_lock(${LOCK_KEY})`)
  phase.name = 'record'
  await client.query(`SET LOCAL lock_timeout = ${lockTimeoutMs}`)
  await client.query(CREATE_RECORD)
  const { rows } = await client.query<AppliedStep>(READ_RECORD)
  const status = compareSteps(known, rows)
  if (status.state === 'newer' || status.state === 'changed') throw schemaMismatch(status)
  const next = known[rows.length]
  if (next !== undefined) {
    Object.assign(phase, { name: 'step', step: stepName(next) })
    await patiently(client, next.sql)
    await client.query(ADD_RECORD, [next.number, next.name, next.sha256, next.expands])
  }
  await client.query('COMMIT')
  return next === undefined ? undefined : stepName(next)
}

/** The pool's own limit on answers is far below the duration of a long step. */
async function patiently(client: pg.PoolClient, text: string): Promise<void> {
  const config = { text, query_timeout: STEP_TIMEOUT_MS }
  await client.query(config)
}
