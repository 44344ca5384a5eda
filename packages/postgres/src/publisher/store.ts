import { hash } from 'node:crypto'
import { REVOCATIONS_TOPIC, type OutgoingRecord } from '@freshet/wire'
import type { StoreHead } from '@freshet/reconciler'
import { bools, byteas, columnsOf, int4s, int8s, texts } from '../rows/columns.ts'
import type { Queryable } from '../connection/query.ts'
import { packRecord } from '../rows/stored-record.ts'
import { raisePublishedFloors } from './floor.ts'
import { deletePublished, noteDenials, noteMap, updateHeads } from './store-head.ts'

/**
 * Stores heads of different partitions and what was published with them, inside a transaction; `false`:
 * nothing changed of that partition. Rows are locked in one order in every process.
 */
export async function storeHeads(
  tx: Queryable,
  heads: readonly StoreHead[],
): Promise<readonly boolean[]> {
  const { rows } = await tx.query<{ partition: number }>(updateHeads, headValues(heads))
  const stored = new Set(rows.map(({ partition }) => partition))
  const ordered = heads
    .filter(({ partition }) => stored.has(partition))
    .toSorted((a, b) => a.partition - b.partition)
  await Promise.all([removeRows(tx, ordered), ...ordered.map((head) => notePermanents(tx, head))])
  return heads.map(({ partition }) => stored.has(partition))
}

function headValues(heads: readonly StoreHead[]): readonly Buffer[] {
  return columnsOf(heads, [
    int4s(({ partition }) => partition),
    int8s(({ generation }) => generation),
    texts(({ head }) => head.hash),
    int8s(({ head }) => head.offset),
    texts(({ base }) => base.hash),
    int8s(({ base }) => base.offset),
    texts(({ linked }) => linked),
    texts(({ kid }) => kid),
    bools(({ isAnew }) => isAnew),
  ])
}

async function removeRows(tx: Queryable, heads: readonly StoreHead[]): Promise<void> {
  const fromOutbox = heads.flatMap(({ published }) =>
    published.filter(({ row }) => row.id !== null),
  )
  if (fromOutbox.length === 0) return
  const values = columnsOf(fromOutbox, [
    int8s(({ row }) => row.id),
    int8s(({ offset }) => offset),
    int8s(({ appendedAtMs }) => appendedAtMs),
    byteas(({ row }) => digestOf(row.record)),
  ])
  const floors = columnsOf(heads, [int4s(({ partition }) => partition), int8s(lastIdOf)])
  // A connection runs statements in the order in which they are sent: the second sees the removal.
  await Promise.all([
    tx.query(deletePublished, values),
    tx.query(raisePublishedFloors, [REVOCATIONS_TOPIC, ...floors]),
  ])
}

/** Returns the last id of the published rows; 0 if none came from the outbox, which raises no floor. */
function lastIdOf({ published }: StoreHead): bigint {
  return published.reduce((last, { row: { id } }) => (id && id > last ? id : last), 0n)
}

/** As Postgres computes it of the column: a row goes only if it holds this very record. */
function digestOf(record: OutgoingRecord): Buffer {
  return hash('sha256', packRecord(record), 'buffer')
}

/** The head's offset is beyond the record's: a base at or behind the head never passes the record. */
async function notePermanents(tx: Queryable, stored: StoreHead): Promise<void> {
  const names = stored.published.flatMap(({ row }) => row.permanent ?? [])
  const { partition, head } = stored
  const denials = names.flatMap((name) => (name.kind === 'denial' ? [name.denialKey] : []))
  await Promise.all([
    names.some(({ kind }) => kind === 'map') &&
      tx.query(noteMap, [partition, head.hash, head.offset]),
    denials.length > 0 && tx.query(noteDenials, [denials, head.hash, head.offset]),
  ])
}
