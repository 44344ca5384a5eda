import { setTimeout as wait } from 'node:timers/promises'
import { MIGRATION_APPLICATION, waitingMigrations, type Database } from '@freshet/postgres'
import type { CheckFinding } from '../check.ts'

/** A migration waits for a lock for 1 s, and then pauses for 2 s. */
const WATCHED_MS = 4_000
const READ_EVERY_MS = 200

/** Reports the sessions that hold a lock for which a migration waits. It watches only while a migration runs. */
export async function waitingMigration(database: Database): Promise<CheckFinding> {
  for (let passedMs = 0; passedMs < WATCHED_MS; passedMs += READ_EVERY_MS) {
    const { running, holders } = await waitingMigrations(database)
    if (running === 0) return { outcome: 'ok', detail: 'none runs, or it has ended' }
    if (holders !== undefined)
      return {
        outcome: 'failed',
        detail: `a migration waits for a lock, and ${holders}`,
        means: 'the schema stays as it is, and the migration ends with an error after ten attempts',
        fix: 'let that session end its transaction, or end it by SELECT pg_terminate_backend(PROCESS)',
      }
    await wait(READ_EVERY_MS)
  }
  return {
    outcome: 'ok',
    detail: `a migration runs (${MIGRATION_APPLICATION}), and waits for no lock`,
  }
}
