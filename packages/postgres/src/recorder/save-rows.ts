import type { RecordedProgress } from '@freshet/reconciler'
import { columnsOf, type Column } from '../columns.ts'
import type { Queryable, Statement } from '../query.ts'

/** Where a batch is saved: an open transaction with its partition's progress locked. */
export interface SaveContext {
  readonly tx: Queryable
  readonly progress: RecordedProgress
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
