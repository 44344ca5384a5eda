import type { QueryConfig, QueryResultRow } from 'pg'
import { toDatabaseError } from './errors.ts'

/** One SQL statement. With a `name` it is parsed and planned once per connection. */
export interface Statement {
  /** Unique in the program; also what error messages call it. */
  readonly name: string
  readonly text: string
  /**
   * Planned anew at each run. For joins over a table that grows from nothing within minutes: a plan
   * made while it was empty reads all of it, and is kept until the table is analyzed.
   */
  readonly planEach?: true
}

/** The result of a statement. `count` is the number of rows read or touched. */
export interface Rows<Row> {
  readonly rows: readonly Row[]
  readonly count: number
}

/** An object that sends statements: the pool, or the one connection of a transaction. */
export interface Queryable {
  /**
   * Runs one statement with `$1 …` taken from `values` (a `bigint` for `int8`; arrays work).
   * `int8` columns come back as `bigint`, `timestamptz` as `Date`, `bytea` as `Buffer`.
   *
   * @throws `database.*` by SQLSTATE, `event.malformed` for text or JSON that Postgres cannot hold
   */
  query<Row extends QueryResultRow>(
    statement: Statement,
    values?: readonly unknown[],
  ): Promise<Rows<Row>>
}

/** A connection that can send statements one after the other without waiting. */
export interface Flights extends Queryable {
  /**
   * Runs `send` on one connection. The statements that it sends before it waits leave by one system
   * call and share a round trip. Each is a transaction of its own: the server begins it, and takes
   * its snapshot, when the one before is committed, durably, or has failed, which holds up none of
   * the others. `send` must wait for all of them.
   *
   * @throws `database.*`, and whatever `send` throws
   */
  inOneFlight<T>(send: (db: Queryable) => Promise<T>): Promise<T>
}

/** The part of a pg client or pool that is used here. */
export interface Sender {
  query(
    config: QueryConfig,
  ): Promise<{ rows: unknown[]; rowCount: number | null; command?: string }>
}

/** Puts our errors and types around a client or pool of pg. */
export function queryable(sender: Sender): Queryable {
  return {
    async query<Row extends QueryResultRow>(
      statement: Statement,
      values: readonly unknown[] = [],
    ): Promise<Rows<Row>> {
      const { name, text, planEach } = statement
      try {
        const result = await sender.query({
          ...(planEach ? {} : { name }),
          text,
          values: [...values],
        })
        return { rows: result.rows as Row[], count: result.rowCount ?? 0 }
      } catch (error) {
        throw toDatabaseError(error, name)
      }
    },
  }
}
