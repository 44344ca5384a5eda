import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OutgoingRecord } from '@freshet/wire'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { migrate } from '../schema/migrate.ts'
import { MIGRATIONS_DIR } from '../schema/migration-files.ts'
import { unpackRecord } from '../rows/stored-record.ts'

const PACKS_RECORDS = '0035'

const RECORDS: readonly OutgoingRecord[] = [
  {
    key: Buffer.from('acme/alice'),
    value: Buffer.from('{"id":"1","note":"zwölf"}'),
    headers: { ce_id: Buffer.from('1'), signature: Buffer.alloc(200, 0xfe) },
  },
  { key: null, value: Buffer.from([0, 255, 10]), headers: { 'ce_zeit-ä': Buffer.alloc(0) } },
  { key: Buffer.alloc(0), value: null, headers: {} },
]

let fresh: FreshDatabase
let before: string

beforeEach(async () => {
  fresh = await freshDatabase({ migrated: false })
  before = await mkdtemp(join(tmpdir(), 'freshet-migrations-'))
  const files = (await readdir(MIGRATIONS_DIR)).filter((file) => file < PACKS_RECORDS)
  await Promise.all(files.map((file) => copyFile(join(MIGRATIONS_DIR, file), join(before, file))))
  await migrate(fresh.db, before)
})
afterEach(async () => {
  await fresh.drop()
  await rm(before, { recursive: true })
})

describe('0035_packed_waiting_records', () => {
  it('keeps each byte of what waits for the broker while a build is replaced by this one', async () => {
    for (const [number, record] of RECORDS.entries()) await insertAsBefore(number, record)
    expect(await migrate(fresh.db)).toContain('0035_packed_waiting_records')
    expect(await recordsNow()).toEqual(RECORDS.map(comparable))
  })

  it('control: a record with a lost byte is detected', async () => {
    for (const [number, record] of RECORDS.entries()) await insertAsBefore(number, record)
    await migrate(fresh.db)
    await run(`UPDATE waiting_record SET record = set_byte(record, 5, 0) WHERE number = 0`)
    expect(await recordsNow()).not.toEqual(RECORDS.map(comparable))
  })
})

/** As the build before wrote it: headers as JSON, their bytes in base64. */
async function insertAsBefore(
  number: number,
  { key, value, headers }: OutgoingRecord,
): Promise<void> {
  const encoded = Object.entries(headers).map(([name, bytes]) => [
    name,
    Buffer.from(bytes).toString('base64'),
  ])
  await run(
    `INSERT INTO waiting_record (tenant, source, partition, number, id, sequence, key, value, headers)
      VALUES ('acme', 'hr', 0, $1, 'a-change', NULL, $2, $3, $4)`,
    [number, key, value, JSON.stringify(Object.fromEntries(encoded))],
  )
}

async function recordsNow(): Promise<readonly unknown[]> {
  const text = 'SELECT record FROM waiting_record ORDER BY number'
  const { rows } = await fresh.db.query<{ record: Buffer }>({ name: '', text })
  return rows.map(({ record }) => comparable(unpackRecord(record)))
}

function comparable({ key, value, headers }: OutgoingRecord): unknown {
  const hex = (bytes: Uint8Array | null): string | null =>
    bytes === null ? null : Buffer.from(bytes).toString('hex')
  const named = Object.entries(headers).map(([name, bytes]) => [name, hex(bytes)])
  return { key: hex(key), value: hex(value), headers: Object.fromEntries(named) }
}

async function run(text: string, values: readonly unknown[] = []): Promise<void> {
  await fresh.db.query({ name: '', text }, values)
}
