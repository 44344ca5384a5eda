import type { MemoryDatabase } from '@freshet/memory'
import type { PublisherStore } from '@freshet/reconciler'
import { REVOCATIONS_TOPIC } from '@freshet/wire'
import type { World } from './world.ts'

/**
 * The ids of the outbox, and the floors behind which Postgres reads it: what the statements of
 * `packages/postgres/src/publisher/floor.ts` do with a sequence. The database in memory reads all rows.
 */
export class PostgresFloors {
  readonly #database: MemoryDatabase
  readonly #areSetBack: boolean
  readonly #published = new Map<number, bigint>()
  #last = 0n

  /** `areSetBack` false: a floor stays where ids begin again below it. */
  constructor(database: MemoryDatabase, areSetBack: boolean) {
    this.#database = database
    this.#areSetBack = areSetBack
    database.nextId = () => ++this.#last
  }

  /** Logical replication copies no sequence: an admin sets it above the highest id of its table. */
  restartSequence(): void {
    const ids = this.#database.outbox.values().map(({ id }) => id)
    this.#last = ids.reduce((last, id) => (id > last ? id : last), 0n)
  }

  /** Returns the store of a publisher that reads behind the floors. */
  over(store: PublisherStore): PublisherStore {
    return {
      ...store,
      waiting: () => Promise.resolve(this.#waiting()),
      snapshot: async (partition, reads) => {
        const floor = this.#floor(partition)
        const snapshot = await store.snapshot(partition, reads)
        return { ...snapshot, rows: snapshot.rows.filter(({ id }) => id === null || id > floor) }
      },
      store: async (head) => {
        const isStored = await store.store(head)
        const ids = head.published.flatMap(({ row }) => row.id ?? [])
        if (isStored) this.#raise(head.partition, ids)
        return isStored
      },
    }
  }

  /** The recorder sets a floor back when it adds a row below it, in the same transaction. */
  #floor(partition: number): bigint {
    const published = this.#published.get(partition) ?? 0n
    if (!this.#areSetBack) return published <= this.#last ? published : 0n
    const ids = this.#rows(partition).map(({ id }) => id)
    const first = ids.reduce((least, id) => (id < least ? id : least), published + 1n)
    const floor = first <= published ? first - 1n : published
    this.#published.set(partition, floor)
    return floor
  }

  #raise(partition: number, ids: readonly bigint[]): void {
    const last = ids.reduce((one, other) => (other > one ? other : one), 0n)
    const floor = this.#floor(partition)
    const isWaiting = this.#rows(partition).some(({ id }) => id > floor && id <= last)
    if (floor < last && !isWaiting) this.#published.set(partition, last)
  }

  #waiting(): readonly number[] {
    const partitions = this.#database.publishers.values().map(({ partition }) => partition)
    return partitions.filter((partition) => {
      const floor = this.#floor(partition)
      return this.#rows(partition).some(({ id }) => id > floor)
    })
  }

  #rows(partition: number): ReturnType<MemoryDatabase['outbox']['values']> {
    return this.#database.outbox
      .values()
      .filter((row) => row.topic === REVOCATIONS_TOPIC && row.partition === partition)
  }
}

/** A copy by logical replication takes over: it has every row, and sequences of its own. */
export async function failOver({ database, floors, kernel }: World): Promise<void> {
  kernel.log('DATABASE', 'fails over to a copy by logical replication')
  // Open transactions end with the old server.
  await database.backup()()
  floors?.restartSequence()
}
