import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { verifyAudit, type AuditFilter, type AuditReport, type ListedEntry } from '@freshet/audit'
import { readVerifyKeySet, type VerifyKey } from '@freshet/wire'
import { createDatabase, postgresAuditReader } from '@freshet/postgres'
import { systemClock } from '@freshet/runtime'
import { CliError } from '../cli-error.ts'
import { databaseUrlOf, requireStack } from '../context.ts'
import { jwksFileOf } from '../keys/key-set-file.ts'
import type { Shell } from '../shell.ts'
import { withKafka } from '../with-kafka.ts'

/** After this time, the command prints its progress. */
const SILENT_MS = 2_000
const PROGRESS_EVERY_MS = 1_000

/**
 * The public audit keys of these files; without one, of the dev stack.
 *
 * @throws `CliError` for a file that cannot be read, or holds none
 */
export async function auditKeys(
  shell: Shell,
  files: readonly string[],
): Promise<readonly VerifyKey[]> {
  const paths = files.map((file) => resolve(shell.cwd, file))
  if (paths.length === 0) paths.push(jwksFileOf((await requireStack(shell)).keys.audit))
  return (await Promise.all(paths.map(keysIn))).flat()
}

async function keysIn(path: string): Promise<readonly VerifyKey[]> {
  try {
    const keys = readVerifyKeySet(JSON.parse(await readFile(path, 'utf8')))
    // A thief may have signed with it whatever a forged chain needs.
    return keys.filter(({ revokedMs }) => revokedMs === undefined)
  } catch (cause) {
    throw new CliError('error', `${path} holds no public keys that can be read.`, {
      next: 'freshet audit verify --keys FILE, with the public half of FRESHET_AUDIT_KEYS_FILE',
      cause,
    })
  }
}

/** Verifies the audit of DATABASE_URL by the topic of KAFKA_BROKERS, else of the dev stack. */
export async function verifyOnStores(
  shell: Shell,
  keys: readonly VerifyKey[],
): Promise<AuditReport> {
  const url = await databaseUrlOf(shell)
  return withKafka(shell, async ({ kafka }) => {
    await using database = createDatabase({ url, applicationName: 'freshet-cli', max: 1 })
    const reader = postgresAuditReader(database)
    const log = kafka.reader()
    const onProgress = progressPrinter(shell)
    return await verifyAudit({ reader, log, keys, clock: systemClock, onProgress })
  })
}

/** Returns the entries that match the filter. @throws `database.*` */
export async function listOnStores(
  shell: Shell,
  filter: AuditFilter,
  limit: number,
): Promise<readonly ListedEntry[]> {
  const url = await databaseUrlOf(shell)
  const database = createDatabase({ url, applicationName: 'freshet-cli', max: 1 })
  try {
    return await postgresAuditReader(database).latest(filter, limit)
  } finally {
    await database.close()
  }
}

function progressPrinter(shell: Shell): (entries: number) => void {
  let dueMs = systemClock.monotonicMs() + SILENT_MS
  return (entries) => {
    const nowMs = systemClock.monotonicMs()
    if (nowMs < dueMs) return
    dueMs = nowMs + PROGRESS_EVERY_MS
    shell.err(`${entries.toLocaleString('en')} entries read\n`)
  }
}
