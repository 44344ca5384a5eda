import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cleanUpLeftovers } from '@freshet/owned-dir'
import { createCluster, launch, SUPERUSER, type Place } from './server.ts'
import { DIRS, own, preparePlace, type LocalPostgres } from './start-postgres.ts'

/** A primary, and a standby that streams its changes. */
export interface PostgresPair extends AsyncDisposable {
  readonly primary: LocalPostgres
  /** It becomes the primary by `pg_promote()`. */
  readonly standby: LocalPostgres
}

/** Starts both, empty. The standby is a copy of the primary from before its first start. */
export async function startPair(): Promise<PostgresPair> {
  await cleanUpLeftovers(DIRS)
  const [place, copy] = [await preparePlace({}), await preparePlace({})]
  const password = randomBytes(24).toString('base64url')
  try {
    await createCluster(place, password)
    await copyCluster(place, copy)
    const launched = await launch(place)
    const primary = own(place, launched, password, undefined)
    await writeStandby(copy, launched.port, password)
    const standby = own(copy, await launch(copy), password, undefined)
    const stop = async (): Promise<void> => {
      await standby.stop()
      await primary.stop()
    }
    return { primary, standby, [Symbol.asyncDispose]: stop }
  } catch (error) {
    for (const { dir } of [place, copy]) await rm(dir, { recursive: true, force: true })
    throw error
  }
}

/** `cp -a` keeps owner and rights, which the server checks. */
async function copyCluster(from: Place, to: Place): Promise<void> {
  await promisify(execFile)('cp', ['-a', join(from.dir, 'data'), to.dir])
}

async function writeStandby({ dir, user }: Place, port: number, password: string): Promise<void> {
  const source = `host=127.0.0.1 port=${port} user=${SUPERUSER} password=${password}`
  const data = join(dir, 'data')
  const files = {
    'standby.signal': '',
    'postgresql.auto.conf': `primary_conninfo = '${source}'\n`,
  }
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(data, name), text, { mode: 0o600 })
    if (user !== undefined) await chown(join(data, name), user.uid, user.gid)
  }
}
