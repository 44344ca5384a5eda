import type { HeldFeed } from '@freshet/protocol'
import type { RecordedProgress } from '@freshet/reconciler'
import type { OutgoingRecord } from '@freshet/wire'
import { columnsOf, type Column } from '../rows/columns.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import { packRecord } from '../rows/stored-record.ts'
import type { CommonRows } from './rows/common-rows.ts'

/** The place of a saved batch: an open transaction that has locked its partition's progress. */
export interface SaveContext {
  readonly tx: Queryable
  readonly rows: CommonRows
  readonly progress: RecordedProgress
  readonly pack: Packing
  /** The feeds that the transaction has loaded, by `feedKey`. */
  readonly loaded: ReadonlyMap<string, HeldFeed>
}

/** A record as it is stored. */
export type Packing = (record: OutgoingRecord) => Buffer

/** Packs each record of a batch once: what is published is kept with its watermark, too. */
export function packing(): Packing {
  const packed = new Map<OutgoingRecord, Buffer>()
  return (record) => {
    const bytes = packed.get(record) ?? packRecord(record)
    packed.set(record, bytes)
    return bytes
  }
}

/** Runs a statement over columns read from rows, if there are any. */
export async function overRows<Row>(
  tx: Queryable,
  statement: Statement,
  rows: readonly Row[],
  columns: { readonly before: readonly unknown[]; readonly of: readonly Column<Row>[] },
): Promise<void> {
  if (rows.length === 0) return
  await tx.query(statement, [...columns.before, ...columnsOf(rows, columns.of)])
}
