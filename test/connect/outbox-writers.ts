import type { Timer } from '@freshet/wire'
import pg from 'pg'
import type { Random } from '../simulation/random.ts'

/** Share of transactions that stay open while others commit. */
const SLOW_SHARE = 0.05
const ROWS_OF_A_TRANSACTION = 10

/** Writers that commit rows of an outbox in another order than they begin them. */
export class OutboxWriters {
  /** The keys of committed rows, each with a time after which its commit had been answered. */
  readonly committed: Map<string, number> = new Map<string, number>()
  readonly #url: string
  readonly #random: Random
  readonly #timer: Timer

  constructor(url: string, random: Random, timer: Timer) {
    this.#url = url
    this.#random = random
    this.#timer = timer
  }

  /** Adds the number that a cursor by id would use. */
  async prepare(app: pg.Client): Promise<void> {
    await app.query('ALTER TABLE freshet_outbox ADD COLUMN IF NOT EXISTS id bigserial')
  }

  async run(writers: number, rows: number): Promise<void> {
    await Promise.all(Array.from({ length: writers }, (_, at) => this.#write(at, rows / writers)))
  }

  async #write(writer: number, rows: number): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url })
    await client.connect()
    try {
      for (let at = 0; at < rows; at += ROWS_OF_A_TRANSACTION) {
        const count = Math.min(ROWS_OF_A_TRANSACTION, rows - at)
        const keys = Array.from({ length: count }, (_, n) => `w${writer}-${at + n}`)
        await client.query('BEGIN')
        await client.query('INSERT INTO freshet_outbox (key) SELECT unnest($1::text[])', [keys])
        if (this.#random.chance(SLOW_SHARE)) await client.query('SELECT pg_sleep(0.2)')
        await client.query('COMMIT')
        const committedMs = this.#timer.monotonicMs()
        for (const key of keys) this.committed.set(key, committedMs)
      }
    } finally {
      await client.end()
    }
  }
}
