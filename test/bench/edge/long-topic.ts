import { claimMapOf, PARTITIONS, type CheckpointRef, type ClaimMap } from '@freshet/protocol'
import {
  encodeCheckpoint,
  encodeClaimMap,
  generateKey,
  importJwks,
  importSigningKey,
  recordsHash,
  REVOCATIONS_TOPIC,
  type LogWriter,
  type OutgoingRecord,
  type SigningKey,
  type VerifyKey,
} from '@freshet/wire'
import { acmeRegistry } from '@freshet/testkit'

/** Records of one append; about a kilobyte each, below the megabyte that a request can have. */
const APPEND_MAX = 800
const TENANT = 'acme'
/** The map is a record without expiry: it is published again before base passes it. */
const MAP_BEFORE_END = 100

/** The settings of a topic of heartbeats. */
export interface LongTopicPlan {
  /** Checkpoints of each of these partitions; the others hold a few. */
  readonly count: number
  readonly partitions: readonly number[]
  /** The number of checkpoints between a heartbeat and its base. */
  readonly baseBehind: number
  /** The number of checkpoints for each second of age. */
  readonly perSecond: number
  readonly tokenLifeMaxMs: number
}

/** Checkpoints that every edge reads as the product's own, signed, in a chain for each partition. */
export class LongTopic {
  readonly verifyKey: VerifyKey
  readonly #key: SigningKey
  readonly #writer: LogWriter
  readonly #plan: LongTopicPlan
  readonly #map: ClaimMap = claimMapOf(acmeRegistry())
  readonly #announced = encodeClaimMap(this.#map)
  readonly #chains = new Map<number, CheckpointRef[]>()

  private constructor(
    writer: LogWriter,
    plan: LongTopicPlan,
    keys: { readonly key: SigningKey; readonly verifyKey: VerifyKey },
  ) {
    this.#writer = writer
    this.#plan = plan
    this.#key = keys.key
    this.verifyKey = keys.verifyKey
  }

  /** Writes all of it. `progress` receives the number of written checkpoints. */
  static async write(
    writer: LogWriter,
    plan: LongTopicPlan,
    nowMs: number,
    progress: (written: number) => void,
  ): Promise<LongTopic> {
    const { privateJwk, publicJwk } = await generateKey('EdDSA', 'bench-checkpoints')
    const [verifyKey] = importJwks({ keys: [publicJwk] })
    if (verifyKey === undefined) throw new Error('A set of one key is empty.')
    const topic = new LongTopic(writer, plan, { key: importSigningKey(privateJwk), verifyKey })
    let written = 0
    for (const partition of PARTITIONS) {
      const count = plan.partitions.includes(partition) ? plan.count : 2 * MAP_BEFORE_END
      for (let from = 0; from < count; from += APPEND_MAX) {
        const size = Math.min(APPEND_MAX, count - from)
        // oxlint-disable-next-line no-await-in-loop
        await topic.#append(partition, { from, size, count, nowMs })
        progress((written += size))
      }
    }
    return topic
  }

  /** Writes one more heartbeat in every partition. `coversLifeMs`: the T_max that it states, if any. */
  async sendHeartbeats(nowMs: number, coversLifeMs: number | undefined): Promise<void> {
    for (const partition of PARTITIONS)
      await this.#send(partition, [await this.#checkpoint(partition, [], nowMs, coversLifeMs)])
  }

  async #append(
    partition: number,
    lot: {
      readonly from: number
      readonly size: number
      readonly count: number
      readonly nowMs: number
    },
  ): Promise<void> {
    const records: OutgoingRecord[] = []
    for (let n = lot.from; n < lot.from + lot.size; n += 1) {
      const atMs = lot.nowMs - ((lot.count - n) * 1_000) / this.#plan.perSecond
      const isMapDue = partition === 0 && n === lot.count - MAP_BEFORE_END
      const covered = isMapDue ? [this.#announced.record] : []
      records.push(...covered)
      const { tokenLifeMaxMs } = this.#plan
      records.push(await this.#checkpoint(partition, covered, atMs, tokenLifeMaxMs))
    }
    await this.#send(partition, records)
  }

  /**
   * Returns the next checkpoint of a partition; its offset is known once the records before it are counted.
   */
  async #checkpoint(
    partition: number,
    covered: readonly OutgoingRecord[],
    atMs: number,
    tokenLifeMaxMs: number | undefined,
  ): Promise<OutgoingRecord> {
    const chain = this.#chains.get(partition) ?? []
    this.#chains.set(partition, chain)
    const last = chain.at(-1)
    const base = chain[Math.max(0, chain.length - this.#plan.baseBehind)]
    const complete = { atMs: Math.floor(atMs), state: 'complete' } as const
    const { version: mapVersion, leasesMs } = this.#map
    const heartbeat = base && {
      through: new Map([
        [TENANT, new Map([...leasesMs.keys()].map((source) => [source, complete]))],
      ]),
      minimumPv: 0,
      mapVersion,
      mapHash: this.#announced.hash,
      next: { offset: 1_000n, lastRecordHash: null },
      base,
      ...(tokenLifeMaxMs === undefined ? {} : { tokenLifeMaxMs }),
    }
    const { hash, record } = await encodeCheckpoint(
      {
        e: 1n,
        partition,
        generation: 1n,
        previous: last?.hash ?? null,
        ...(last === undefined ? { nonce: `root-${partition}` } : {}),
        count: covered.length,
        recordsHash: recordsHash(covered),
        ...(heartbeat === undefined ? {} : { heartbeat }),
      },
      this.#key,
    )
    const offset = last === undefined ? 0n : last.offset + 1n + BigInt(covered.length)
    chain.push({ hash, offset })
    return record
  }

  async #send(partition: number, records: readonly OutgoingRecord[]): Promise<void> {
    const { baseOffset } = await this.#writer.append(REVOCATIONS_TOPIC, partition, records)
    const last = this.#chains.get(partition)?.at(-1)?.offset
    if (last !== baseOffset + BigInt(records.length) - 1n)
      throw new Error(`Something else was written to partition ${partition}.`)
  }
}
