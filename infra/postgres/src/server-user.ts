import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { FreshetError } from '@freshet/protocol'

const run = promisify(execFile)

/** The user of the server process, in the form that child_process takes. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

/** The candidates in order of preference. `nobody` is on every system, so no user ever has to be created. */
const CANDIDATES = ['postgres', 'nobody'] as const

/** Postgres refuses to run as root; everybody else runs it as themselves (`undefined`). */
export async function serverUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  for (const name of CANDIDATES) {
    const user = await lookUp(name).catch(() => undefined)
    if (user !== undefined) return user
  }
  const message = 'Postgres does not run as root, and neither `postgres` nor `nobody` exists here.'
  throw new FreshetError('config.invalid', message)
}

async function lookUp(name: string): Promise<ServerUser> {
  const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
}
