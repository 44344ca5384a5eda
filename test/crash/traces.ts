import { REVOCATIONS_TOPIC } from '@freshet/wire'
import { createKafka } from '@freshet/kafka'
import { createDatabase, type Database } from '@freshet/postgres'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'

const RECORDS_MAX = 100_000

/** The rows and records of a change in database and topics. */
export interface Traces {
  readonly logged: readonly {
    readonly outcome: string
    readonly tokens_marked: number
    readonly log_offset: bigint
  }[]
  readonly watermarks: readonly { readonly position: bigint }[]
  readonly staleTokens: readonly { readonly jti: string }[]
  readonly unpublished: number
  readonly marksToMake: number
  /** Its records on the revocation topic, whether a checkpoint covers them or not. */
  readonly revocationRecords: number
}

/** A feed's stamps in one partition. */
export interface StampTally {
  readonly source: string
  readonly partition: number
  readonly count: bigint
  readonly highest: bigint
  readonly acknowledged: bigint
}

/** Reads the stores of a stack. */
export interface Inspector {
  traces(id: string, partition: number): Promise<Traces>
  stamps(): Promise<readonly StampTally[]>
  /** Returns the feeds that have a gap in some partition. */
  gaps(): Promise<readonly object[]>
  /** Removes the outbox rows of a change, as if its record had been committed without them. */
  loseOutbox(id: string): Promise<void>
  close(): Promise<void>
}

const sql = {
  logged: 'SELECT outcome, tokens_marked, log_offset FROM change_log WHERE id = $1',
  watermarks: 'SELECT position FROM watermark WHERE change = $1',
  stale: 'SELECT jti FROM token WHERE stale_change = $1',
  unpublished: 'SELECT id FROM outbox WHERE change = $1',
  marks: 'SELECT id FROM token_mark WHERE change = $1',
  stamps: `
    SELECT source, partition, count(*) AS count, max(number) AS highest,
      count(*) FILTER (WHERE acknowledged) AS acknowledged
    FROM stamp GROUP BY source, partition`,
  lose: 'DELETE FROM outbox WHERE change = $1',
  gaps: `
    SELECT f.source, f.partition FROM feed f
    JOIN (SELECT source, partition, max(number) AS last FROM stamp GROUP BY source, partition) s
      USING (source, partition)
    WHERE f.complete < s.last OR f.beyond <> '{}' OR f.halted`,
}

/** Opens both stores. */
export function inspect({ at }: Stack): Inspector {
  const db = createDatabase({ url: at.databaseUrl, max: 1, applicationName: 'freshet-test' })
  const kafka = createKafka({ brokers: [...at.brokers], clientId: 'freshet-test' })
  const revocations = async (partition: number, id: string): Promise<number> => {
    const records = await kafka.reader().read(REVOCATIONS_TOPIC, partition, 0n, RECORDS_MAX)
    return records.filter(({ value }) => value && Buffer.from(value).includes(id)).length
  }
  return {
    async traces(id, partition) {
      const [logged, watermarks, staleTokens, unpublished, marks] = [
        await ask<Traces['logged'][number]>(db, sql.logged, [id]),
        await ask<Traces['watermarks'][number]>(db, sql.watermarks, [id]),
        await ask<Traces['staleTokens'][number]>(db, sql.stale, [id]),
        await ask(db, sql.unpublished, [id]),
        await ask(db, sql.marks, [id]),
      ]
      return {
        logged,
        watermarks,
        staleTokens,
        unpublished: unpublished.length,
        marksToMake: marks.length,
        revocationRecords: await revocations(partition, id),
      }
    },
    stamps: () => ask<StampTally>(db, sql.stamps),
    gaps: () => ask(db, sql.gaps),
    loseOutbox: async (id) => void (await ask(db, sql.lose, [id])),
    async close() {
      await kafka.close()
      await db.close()
    },
  }
}

async function ask<Row extends object>(
  db: Database,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  return (await db.query<Row>({ name: '', text }, values)).rows
}
