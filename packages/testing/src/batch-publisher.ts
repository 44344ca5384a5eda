import type { CheckpointRef, Heartbeat } from '@freshet/protocol'
import {
  encodeCheckpoint,
  recordsHash,
  REVOCATIONS_TOPIC,
  type LogWriter,
  type OutgoingRecord,
  type SigningKey,
} from '@freshet/wire'

/** A batch for one partition, with the members of its checkpoint. */
export interface SignedBatch {
  readonly partition: number
  readonly records: readonly OutgoingRecord[]
  /** The incarnation. */
  readonly e: bigint
  readonly key: SigningKey
  /** Makes the heartbeat on this base. Absent: the checkpoint has none. */
  readonly heartbeat?: (base: CheckpointRef) => Heartbeat
}

interface Head {
  readonly last: CheckpointRef | null
  readonly base: CheckpointRef | undefined
}

const EMPTY: Head = { last: null, base: undefined }
const NO_BASE: CheckpointRef = { hash: '', offset: 0n }

/** Appends batches that end with a signed checkpoint, as a reconciler does. It remembers the path of each partition. */
export class BatchPublisher {
  readonly #writer: Pick<LogWriter, 'append'>
  readonly #heads = new Map<number, Head>()
  #roots = 0

  constructor(writer: Pick<LogWriter, 'append'>) {
    this.#writer = writer
  }

  /** Appends one batch. Calls for one partition must not overlap. */
  async append({ partition, records, e, key, heartbeat }: SignedBatch): Promise<void> {
    const { last, base } = this.#heads.get(partition) ?? EMPTY
    const { hash, record } = await encodeCheckpoint(
      {
        ...(heartbeat === undefined ? {} : { heartbeat: heartbeat(base ?? NO_BASE) }),
        e,
        partition,
        generation: 1n,
        previous: last?.hash ?? null,
        ...(last === null ? { nonce: `root-${partition}-${(this.#roots += 1)}` } : {}),
        count: records.length,
        recordsHash: recordsHash(records),
      },
      key,
    )
    const batch = [...records, record]
    const { baseOffset } = await this.#writer.append(REVOCATIONS_TOPIC, partition, batch)
    const head = { hash, offset: baseOffset + BigInt(records.length) }
    this.#heads.set(partition, { last: head, base: base ?? head })
  }

  /** Makes the latest checkpoint of each partition the base of the next heartbeats. Earlier records are not needed. */
  moveBase(): void {
    for (const [partition, { last }] of this.#heads)
      this.#heads.set(partition, { last, base: last ?? undefined })
  }

  /** Makes the next batch of each partition a root: a republish after a loss or a revoked key. */
  newRoot(): void {
    this.#heads.clear()
  }
}
