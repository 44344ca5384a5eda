import type { MarkedStep, MarkLimit, MarkStore } from '@freshet/reconciler'
import { bools, columnsOf, int4s, int8s, texts } from '../../rows/columns.ts'
import type { Database } from '../../connection/pool.ts'
import type { Queryable } from '../../connection/query.ts'
import { inTransaction } from '../../connection/transaction.ts'
import {
  countMarks,
  deleteMarks,
  findTenant,
  findTenants,
  moveMarks,
  takeMarks,
  type CountedRow,
  type MarkRow,
  type WaitingRow,
  walkOf,
  WALKS,
  type Walk,
  type WalkedRow,
} from './mark-queue.ts'

type Row<T> = T & Record<string, unknown>

/** Marks that wait, and the ledger, in Postgres. Several processes share the work: each takes what is free. */
export function postgresMarkStore(db: Database): MarkStore {
  return {
    // A process without a mark is mostly idle: it takes no lock and no transaction.
    markSome: async (limit) => {
      const tenants = await waitingTenants(db, limit)
      return tenants.length === 0
        ? undefined
        : inTransaction(db, {}, (tx) => markSome(tx, limit, tenants))
    },
  }
}

/** Takes the marks of the first tenant that has some which no other process has in progress. */
async function markSome(
  tx: Queryable,
  limit: MarkLimit,
  tenants: readonly string[],
): Promise<MarkedStep | undefined> {
  for (const tenant of tenants) {
    limit.onTurn?.(tenant)
    const { rows } = await tx.query<Row<MarkRow>>(takeMarks, [
      tenant,
      limit.behind ?? 0n,
      limit.marks,
    ])
    const [first] = rows
    if (first === undefined) continue
    const marks = rows.filter((row) => isOfStep(first, row))
    const most = tokensOfWalk(marks, limit.rows)
    const settled = await settle(tx, await walk(tx, marks, most), most)
    const isAll = rows.length < limit.marks && settled.made === rows.length
    return { tenant, ...settled, more: !isAll || tenants.length > 1 }
  }
  return undefined
}

/** Returns the tenants with marks, the one after that of the step before first. */
async function waitingTenants(
  db: Queryable,
  { after, behind = 0n, onFloor }: MarkLimit,
): Promise<readonly string[]> {
  const [waiting] = (await db.query<Row<WaitingRow>>(findTenants, [behind])).rows
  if (waiting === undefined) return []
  const { tenants, whole, oldest_us: oldest, began_us: began } = waiting
  onFloor?.(oldest ?? began)
  const inTurn = [...tenants.filter((tenant) => tenant > after), ...tenants]
  // In a flood of one tenant, the marks of others can wait behind those that were read.
  const next = whole
    ? undefined
    : ((await firstTenant(db, after, behind)) ?? (await firstTenant(db, '', behind)))
  return [...new Set(next === undefined ? inTurn : [next, ...inTurn])]
}

async function firstTenant(
  db: Queryable,
  after: string,
  behind: bigint,
): Promise<string | undefined> {
  const { rows } = await db.query<{ tenant: string }>(findTenant, [after, behind])
  return rows[0]?.tenant
}

/** Marks of many subjects, or of many tokens, are made at once; of any other way those behind one cursor. */
function isOfStep(first: MarkRow, row: MarkRow): boolean {
  const way = walkOf(first)
  if (way !== walkOf(row)) return false
  if (way === 'subject' || way === 'token') return true
  return row.cursor === first.cursor && keyOf(row) === keyOf(first)
}

function keyOf(row: MarkRow): string {
  return walkOf(row) === 'ledger' ? row.tenant : row.target
}

/** A search without an order is read once: one more token shows that there are too many of them. */
function tokensOfWalk(marks: readonly MarkRow[], rows: number): number {
  const walks = new Set(marks.map((row) => JSON.stringify([keyOf(row), row.cursor])))
  const share = Math.max(1, Math.floor(rows / walks.size))
  return marks.some(isUnordered) ? share + 1 : share
}

function isUnordered(row: Pick<MarkRow, 'kind' | 'wide'>): boolean {
  return ['actor', 'value'].includes(walkOf(row))
}

interface Walked extends MarkRow {
  readonly step: WalkedRow
}

async function walk(
  tx: Queryable,
  marks: readonly MarkRow[],
  most: number,
): Promise<readonly Walked[]> {
  const way: Walk = marks[0] === undefined ? 'ledger' : walkOf(marks[0])
  const ids = columnsOf(marks, [int8s(({ id }) => id)])
  const { rows } = await tx.query<Row<WalkedRow>>(WALKS[way], [...ids, most])
  const steps = new Map(rows.map((row) => [row.id, row]))
  return marks.flatMap((row) => {
    const step = steps.get(row.id)
    return step === undefined ? [] : [{ ...row, step }]
  })
}

/** Its commit waits for no disk: a crash that takes it back takes marks and cursors back together. */
async function settle(
  tx: Queryable,
  walked: readonly Walked[],
  most: number,
): Promise<Omit<MarkedStep, 'tenant' | 'more'>> {
  const goOn = walked.flatMap((row) => nextOf(row, most) ?? [])
  const isOn = new Set(goOn.map(({ id }) => id))
  const done = walked.filter(({ id }) => !isOn.has(id))
  const [, , , stale] = await Promise.all([
    tx.query({ name: 'mark-commit', text: 'SET LOCAL synchronous_commit = off' }),
    done.length > 0 && tx.query(deleteMarks, columnsOf(done, [int8s(({ id }) => id)])),
    goOn.length > 0 && tx.query(moveMarks, moved(goOn)),
    count(tx, walked),
  ])
  return { made: done.length, stale }
}

type Next = Pick<MarkRow, 'id' | 'kind' | 'wide' | 'cursor'>

/** The place at which a mark continues; `undefined`: it is finished. */
function nextOf({ id, kind, wide, cursor, step }: Walked, most: number): Next | undefined {
  const isOver = step.seen < most
  if (isOver) return step.acting ? { id, kind: 'actor', wide, cursor: '' } : undefined
  if (isUnordered({ kind, wide })) return { id, kind, wide: true, cursor: '' }
  return kind === 'token' ? undefined : { id, kind, wide, cursor: step.last ?? cursor }
}

function moved(goOn: readonly Next[]): readonly Buffer[] {
  return columnsOf(goOn, [
    int8s(({ id }) => id),
    texts(({ kind }) => kind),
    bools(({ wide }) => wide),
    texts(({ cursor }) => cursor),
  ])
}

async function count(tx: Queryable, walked: readonly Walked[]): Promise<MarkedStep['stale']> {
  const stale = walked.filter(({ step }) => step.marked > 0)
  if (stale.length === 0) return []
  const columns = columnsOf(stale, [
    texts(({ tenant }) => tenant),
    texts(({ source }) => source),
    texts(({ change }) => change),
    int4s(({ partition }) => partition),
    int4s(({ step }) => step.marked),
  ])
  const { rows } = await tx.query<Row<CountedRow>>(countMarks, columns)
  return rows.map(({ class: of, tokens }) => ({ class: of, tokens }))
}
