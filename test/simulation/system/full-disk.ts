import { FreshetError } from '@freshet/protocol'
import { MemoryFaultError, type MemoryDatabase, type MemoryLog } from '@freshet/memory'

/** Services that accept no new data while `isFull`, and still answer readers. */
export const fillable = {
  /** Every write fails, and with it its transaction. */
  database(database: MemoryDatabase, isFull: () => boolean): MemoryDatabase {
    for (const table of Object.values(database) as MemoryDatabase['progress'][]) {
      const set = table.set.bind(table)
      const remove = table.delete.bind(table)
      table.set = (key, row) => {
        checkRoom(isFull)
        set(key, row)
      }
      table.delete = (key) => {
        checkRoom(isFull)
        remove(key)
      }
    }
    return database
  },
  log(log: MemoryLog, isFull: () => boolean): MemoryLog {
    return {
      ...log,
      async append(topic, partition, records) {
        if (isFull()) throw new FreshetError('broker.unavailable', 'There is no room.')
        return log.append(topic, partition, records)
      },
    }
  },
}

function checkRoom(isFull: () => boolean): void {
  if (isFull()) throw new MemoryFaultError('before-commit')
}
