import { FreshetError } from '@freshet/protocol'
import type { Hono, MiddlewareHandler } from 'hono'

/** The oldest data of a read replica that an answer can have. */
export const REPLICA_AGE_MAX_MS = 10_000

/** The routes whose rows come from the replica, if there is one. */
const REPLICA_ROUTES = ['/v1/audit', '/v1/evidence', '/v1/tokens'] as const

/** Returns the age of the replica; `undefined` if it is unknown. */
export type ReplicaAge = () => Promise<number | undefined>

/**
 * Answers of the replica have its age in a header. If it is too old or unknown, the answer is 503: an old list of
 * holders would hide a token. The routes of verdicts and of the current state read the primary.
 */
export function addReplicaGuard(app: Hono, ageMs: ReplicaAge | undefined): void {
  if (ageMs === undefined) return
  for (const route of REPLICA_ROUTES) app.use(route, guardOf(ageMs))
}

function guardOf(readAgeMs: ReplicaAge): MiddlewareHandler {
  return async (c, next) => {
    const ageMs = await readAgeMs()
    if (ageMs === undefined || ageMs > REPLICA_AGE_MAX_MS) throw tooOld(ageMs)
    await next()
    c.header('x-freshet-replica-age-ms', String(Math.max(0, Math.round(ageMs))))
  }
}

function tooOld(ageMs: number | undefined): FreshetError {
  const age = ageMs === undefined ? 'unknown' : `${Math.round(ageMs / 1_000)} s`
  const most = REPLICA_AGE_MAX_MS / 1_000
  const message = `The age of the data at DATABASE_READ_URL is ${age}, and at most ${most} s are accepted. Check the replication, or start the console without this variable.`
  return new FreshetError('database.unavailable', message)
}
