import { subjectKey } from '@freshet/protocol'
import { CHANGES_TOPIC, incomingOf, stampRecord } from '@freshet/wire'
import type { MemoryDatabase } from '@freshet/memory'
import type { QuarantineStore, ReplayParts } from '@freshet/reconciler'
import { macKey } from './keys.ts'

type DoubtAt = ReturnType<MemoryDatabase['doubts']['values']>[number]

/** A number beyond all counted numbers. */
const FAR = 10n ** 13n
/** A key that no gateway ever had, and the one that stamps. */
const [STRANGE, STAMPING] = [macKey(0), macKey(1)]

/** A replayed record counts as the product's own, whatever its sender is. */
export function replayedIsProven(parts: ReplayParts): ReplayParts {
  return {
    ...parts,
    // A record that proves its source is read as before. Every other one counts as if a gateway had stamped it.
    authenticate: async (record, keys) => {
      const incoming = await parts.authenticate(record, keys)
      if (incoming.kind !== 'unauthentic') return incoming
      return incomingOf(record, { macKeys: [STRANGE, STAMPING], sourceKeys: () => [] })
    },
    writer: {
      append: (topic, partition, records) =>
        parts.writer.append(
          topic,
          partition,
          topic === CHANGES_TOPIC
            ? records.map((record) => stampRecord(record, { partition, number: FAR }, STAMPING))
            : records,
        ),
    },
  }
}

/** A dropped record no longer causes doubt. */
export function droppedIsSettled(
  store: QuarantineStore,
  { doubts }: MemoryDatabase,
): QuarantineStore {
  return {
    ...store,
    async drop(id, decision) {
      const quarantined = await store.find(id)
      for (const row of doubts.values())
        if (row.partition === quarantined?.partition && row.offset === quarantined.last.offset)
          doubts.set(keyOf(row), { ...row, settled: true })
      return store.drop(id, decision)
    },
  }
}

/** Returns the key in the form of the database in memory. */
function keyOf({ subject, claim, e, partition, offset }: DoubtAt): string {
  return JSON.stringify([subjectKey(subject), claim, String(e), partition, String(offset)])
}
