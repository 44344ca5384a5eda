import { PARTITIONS } from '@freshet/protocol'
import { CHANGES_TOPIC, type LogRecord, type OutgoingRecord } from '@freshet/wire'
import { elementAt } from '../element.ts'

/** The members of a record that the model reads: the reconciler reads all of it. */
export interface Landed {
  readonly partition: number
  readonly offset: number
  readonly source: string
  readonly id: string
  readonly number: number
  /** Present for heartbeats only. */
  readonly throughMs: number | undefined
}

/** The change topic of a broker that keeps everything. */
export class ChangeLog {
  readonly #partitions = PARTITIONS.map((): LogRecord[] => [])
  readonly #offsets = new Map<string, number>()
  readonly #nowMs: () => number
  /** Called for each record that lands. */
  onLanded: (landed: Landed) => void = () => undefined

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  records(partition: number): readonly LogRecord[] {
    return elementAt(this.#partitions, partition)
  }

  /** Returns the first place of an event in a partition. */
  offsetOf(source: string, id: string, partition: number): number | undefined {
    return this.#offsets.get(`${partition} ${source} ${id}`)
  }

  append(partition: number, records: readonly OutgoingRecord[]): bigint {
    const log = elementAt(this.#partitions, partition)
    const base = log.length
    for (const record of records) this.#land(log, partition, record)
    return BigInt(base)
  }

  #land(log: LogRecord[], partition: number, record: OutgoingRecord): void {
    const offset = log.length
    const at = { topic: CHANGES_TOPIC, partition, offset: BigInt(offset) }
    log.push({ ...record, ...at, appendedAtMs: this.#nowMs() })
    const landed = read(record, partition, offset)
    const key = `${partition} ${landed.source} ${landed.id}`
    if (!this.#offsets.has(key)) this.#offsets.set(key, offset)
    this.onLanded(landed)
  }
}

const text = new TextDecoder()

/** Returns the content of a stamped record. */
export function read(record: OutgoingRecord, partition: number, offset: number): Landed {
  const header = (name: string): string => text.decode(record.headers[name])
  const isHeartbeat = header('ce_type').includes('heartbeat')
  const { through } = isHeartbeat ? bodyOf(record) : { through: undefined }
  return {
    partition,
    offset,
    source: header('ce_source'),
    id: header('ce_id'),
    number: Number(header('ce_freshetnumber')),
    throughMs: through === undefined ? undefined : Date.parse(through),
  }
}

function bodyOf({ value }: OutgoingRecord): { readonly through?: string } {
  return JSON.parse(text.decode(value ?? new Uint8Array())) as { readonly through?: string }
}
