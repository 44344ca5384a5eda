import {
  APPLIES_MAX,
  readCheckpoint,
  type EdgeApply,
  type EdgePartition,
  type LogRecord,
} from '@freshet/wire'

/** The approximate time of an edge that applies at once. */
const APPLY_MS = 2

/** The batches of one partition that edges would have applied, by the turn in which they report. */
export class PartitionNotes {
  readonly #partition: number
  readonly #applies: EdgeApply[][]
  #next: bigint
  #heardAtMs: number | null = null

  constructor(partition: number, next: bigint, turns: number) {
    this.#partition = partition
    this.#next = next
    this.#applies = Array.from({ length: turns }, () => [])
  }

  add(record: LogRecord, nowMs: number): void {
    const { offset, appendedAtMs } = record
    this.#next = offset + 1n
    const checkpoint = readCheckpoint(record)?.checkpoint
    if (checkpoint === undefined) return
    if (checkpoint.heartbeat !== undefined) this.#heardAtMs = nowMs
    if (checkpoint.count === 0) return
    const allowsSinceMs = appendedAtMs - 60_000
    const apply = {
      upTo: this.#next,
      appendedAtMs,
      appliedAtMs: nowMs + APPLY_MS,
      allowsSinceMs,
    }
    for (const applies of this.#applies) applies.push(apply)
  }

  take(turn: number, nowMs: number): EdgePartition {
    const applies = (this.#applies[turn] ?? []).slice(-APPLIES_MAX)
    this.#applies[turn] = []
    const viewAgeMs = this.#heardAtMs === null ? null : Math.max(0, nowMs - this.#heardAtMs)
    return { partition: this.#partition, e: 1n, applied: this.#next, viewAgeMs, applies }
  }
}
