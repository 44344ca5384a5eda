import { changePartitions, type Change } from '@freshet/protocol'
import {
  CHANGES_TOPIC,
  encodeChange,
  signRecord,
  stampRecord,
  type LogWriter,
  type OutgoingRecord,
  type SigningKey,
} from '@freshet/wire'

/** Records of one append; about 700 bytes each, below the megabyte that a request can have. */
const APPEND_MAX = 800

/** The proof of a record's source: the gateways' MAC, or the source's own signature. */
export type Proof = 'stamped' | 'signed'

/** The keys of both proofs. */
export interface ProofKeys {
  readonly macKey: Uint8Array
  readonly sourceKey: SigningKey
}

/** A change as the record of one partition, ready to be appended. */
export interface Placed {
  readonly partition: number
  readonly record: OutgoingRecord
}

/** The stage between a source and the topic, which numbers and proves. Records must be appended in order. */
export type Place = (change: Change, proof: Proof) => Promise<readonly Placed[]>

/** Creates it; numbers begin at 1 in every partition. */
export function placing({ macKey, sourceKey }: ProofKeys): Place {
  const numbers = new Map<number, bigint>()
  return async (change, proof) => {
    const record = encodeChange(change)
    const placed: Placed[] = []
    for (const partition of changePartitions(change)) {
      const number = (numbers.get(partition) ?? 0n) + 1n
      numbers.set(partition, number)
      const stamp = { partition, number }
      const proven =
        proof === 'stamped'
          ? stampRecord(record, stamp, macKey)
          : await signRecord(record, stamp, sourceKey)
      placed.push({ partition, record: proven })
    }
    return placed
  }
}

/** Appends in as few requests as possible, partitions in parallel. */
export async function appendAll(writer: LogWriter, placed: readonly Placed[]): Promise<void> {
  const lots = [...byPartition(placed)].map(async ([partition, records]) => {
    for (let from = 0; from < records.length; from += APPEND_MAX)
      await writer.append(CHANGES_TOPIC, partition, records.slice(from, from + APPEND_MAX))
  })
  await Promise.all(lots)
}

function byPartition(placed: readonly Placed[]): ReadonlyMap<number, readonly OutgoingRecord[]> {
  const groups = new Map<number, OutgoingRecord[]>()
  for (const { partition, record } of placed) {
    const group = groups.get(partition) ?? []
    groups.set(partition, group)
    group.push(record)
  }
  return groups
}
