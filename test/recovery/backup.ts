import { execFile } from 'node:child_process'
import { chown, cp, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { LocalPostgres } from '@freshet/local-postgres'
import { createDatabase } from '@freshet/postgres'

const run = promisify(execFile)
/** Files that vanish during the copy are those that the log of the server has. */
const COPY =
  'tar -C "$1" --exclude=./pg_wal --exclude=./postmaster.pid -cf - . | tar -C "$2" -xpf -'

/** Copies the files of a running server as `pg_basebackup` does, together with its log until the end of the copy. */
export async function backUp(server: LocalPostgres, to: string): Promise<void> {
  const data = dataOf(server)
  await mkdir(to)
  await using db = createDatabase({ url: server.url, max: 1, applicationName: 'freshet-test' })
  const session = await db.pool.connect()
  try {
    await session.query(`SELECT pg_backup_start('drill', fast => true)`)
    await run('sh', ['-c', COPY, 'sh', data, to])
    const { rows } = await session.query<{ readonly labelfile: string }>(
      'SELECT labelfile FROM pg_backup_stop()',
    )
    await cp(join(data, 'pg_wal'), join(to, 'pg_wal'), {
      recursive: true,
      preserveTimestamps: true,
    })
    await writeFile(join(to, 'backup_label'), rows[0]?.labelfile ?? '', { mode: 0o600 })
    await ownAs(data, to)
  } finally {
    session.release()
  }
}

/** Ends the server as a lost machine does, and starts it from the backup. */
export function restore(server: LocalPostgres, from: string): Promise<void> {
  const data = dataOf(server)
  return server.restart('SIGQUIT', async () => {
    await rm(data, { recursive: true })
    const draft = `${data}.restored`
    await run('cp', ['-a', from, draft])
    await rename(draft, data)
  })
}

function dataOf({ dir }: LocalPostgres): string {
  if (dir === undefined) throw new Error('This Postgres is not ours.')
  return join(dir, 'data')
}

/** The user of the server owns its files, and no other user can read them. */
async function ownAs(data: string, to: string): Promise<void> {
  const { uid, gid } = await stat(data)
  await run('chown', ['-R', `${uid}:${gid}`, to])
  await chown(to, uid, gid)
}
