import { FreshetError } from '@freshet/protocol'
import type pg from 'pg'
import { giveBack, takeConnection } from '../../connection/connection.ts'
import type { Database } from '../../connection/pool.ts'
import { queryable } from '../../connection/query.ts'
import { watchBlockers, type BlockingSession } from '../blocking-sessions.ts'
import { buildIndex } from './build-index.ts'
import type { Migration } from '../migration-files.ts'
import {
  compareSteps,
  READ_RECORD,
  schemaMismatch,
  stepName,
  type AppliedStep,
} from '../migration-status.ts'
import { migrationFailure } from '../missing-privilege.ts'

/** Any number will do that nothing else in the database locks. */
const LOCK_KEY = '7310585030482047079'
const TRIES_MAX = 300
/**
 * The lock is asked for again and again. A statement that waits for it has a snapshot, and the build of an index waits
 * for each older snapshot: two migrations would wait for one another.
 */
const TAKE = `SELECT pg_try_advisory_lock(${LOCK_KEY}) AS taken`
const RETURN = `SELECT pg_advisory_unlock(${LOCK_KEY})`
const PAUSE = 'SELECT pg_sleep(0.2)'

/**
 * Waits until no other migration of the database runs, for about a minute. The turn ends with `endTurn`, or with the
 * connection.
 *
 * @throws `database.timeout`
 */
async function awaitTurn(client: pg.PoolClient): Promise<void> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const { rows } = await client.query<{ taken: boolean }>(TAKE)
    if (rows[0]?.taken === true) return
    await client.query(PAUSE)
  }
  const message =
    'Another migration of this database runs longer than 60 s. Wait for its end, then run `freshet db migrate` again.'
  throw new FreshetError('database.timeout', message)
}

/** Lets the next migration run. */
async function endTurn(client: pg.PoolClient): Promise<void> {
  await client.query(RETURN)
}

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
const CANCELED = '57014'

/** One attempt to apply the first pending step. */
export interface StepAttempt {
  readonly known: readonly Migration[]
  readonly lockTimeoutMs: number
  /** The longest build of an index outside a transaction. */
  readonly buildMs: number
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
      /** True for a build of an index, which has waited for as long as a build can take. */
      readonly isBuild: boolean
    }

/** The phase of the transaction, for the error of a failure. */
interface Phase {
  name: 'turn' | 'record' | 'step' | 'build'
  step: string
}

/** Applies the first pending step, in one transaction unless it is marked `-- concurrently`. @throws `database.*` */
export async function applyNextStep(db: Database, attempt: StepAttempt): Promise<StepOutcome> {
  const client = await takeConnection(db.pool)
  const phase: Phase = { name: 'turn', step: 'of the record of migrations' }
  let watch = attempt.isWatched ? watchBlockers(db, await pidOf(client)) : undefined
  let succeeded = false
  try {
    await awaitTurn(client)
    const next = await inTransaction(client, attempt, phase)
    if (next?.concurrent !== undefined) {
      // A build has one attempt.
      watch ??= watchBlockers(db, await pidOf(client))
      await build(client, next, attempt, phase)
    }
    await endTurn(client)
    succeeded = next?.concurrent === undefined
    return { kind: 'applied', step: next === undefined ? undefined : stepName(next) }
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    return await failed(client, phase, error, (await watch?.stop()) ?? [])
  } finally {
    await watch?.stop()
    // Dropping the connection also rolls back the work that a failed step had begun.
    giveBack(client, succeeded ? undefined : new Error('a migration step did not end'))
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
  const isBuild = name === 'build'
  const cause = await migrationFailure(queryable(client), error, step)
  if ((isLocked && name === 'step') || (isBuild && state === CANCELED))
    return { kind: 'blocked', step, sessions, cause, isBuild }
  throw cause
}

/** Applies the next step and records it. It only returns a step that is a build, and applies nothing. */
async function inTransaction(
  client: pg.PoolClient,
  { known, lockTimeoutMs }: StepAttempt,
  phase: Phase,
): Promise<Migration | undefined> {
  await client.query('BEGIN')
  await client.query(`SET LOCAL statement_timeout = ${STEP_TIMEOUT_MS}`)
  phase.name = 'record'
  await client.query(`SET LOCAL lock_timeout = ${lockTimeoutMs}`)
  await client.query(CREATE_RECORD)
  const { rows } = await client.query<AppliedStep>(READ_RECORD)
  const status = compareSteps(known, rows)
  if (status.state === 'newer' || status.state === 'changed') throw schemaMismatch(status)
  const next = known[rows.length]
  if (next !== undefined && next.concurrent === undefined) {
    Object.assign(phase, { name: 'step', step: stepName(next) })
    await patiently(client, next.sql)
    await addRecord(client, next)
  }
  await client.query('COMMIT')
  return next
}

async function build(
  client: pg.PoolClient,
  next: Migration,
  { buildMs }: StepAttempt,
  phase: Phase,
): Promise<void> {
  const { concurrent } = next
  if (concurrent === undefined) return
  Object.assign(phase, { name: 'build', step: stepName(next) })
  await buildIndex(client, next, concurrent, buildMs)
  await addRecord(client, next)
}

async function addRecord(client: pg.PoolClient, step: Migration): Promise<void> {
  await client.query(ADD_RECORD, [step.number, step.name, step.sha256, step.expands])
}

/** The pool's own limit on answers is far below the duration of a long step. */
async function patiently(client: pg.PoolClient, text: string): Promise<void> {
  const config = { text, query_timeout: STEP_TIMEOUT_MS }
  await client.query(config)
}
