import type { SourceState } from '../checkpoint/checkpoint.ts'
import type { Opening } from '../opening.ts'

/** What an edge knows of a source in one partition, from heartbeats that it trusts. */
export interface SourceView {
  readonly atMs: number | null
  readonly state: SourceState
  /** Monotonic time at which `atMs` last grew. */
  readonly receivedAtMonoMs: number
}

/** What an edge believes about one partition; a snapshot for judging and reporting. */
export interface PartitionView {
  readonly partition: number
  /** Incarnation of the latest authentic checkpoint; 0 before the first. */
  readonly e: bigint
  /** True once the follower was past the end seen at start and trusted a heartbeat beyond it. */
  readonly live: boolean
  readonly minimumPv: number
  /** Foreign tokens that were issued up to then are stale, says the newest version named here. */
  readonly foreignSinceMs?: number | undefined
  readonly mapVersion: number
  readonly mapHash: string | null
  /** Next offset of the change topic that the latest trusted heartbeat names. */
  readonly nextOffset: bigint
  /** What the latest believed heartbeat says is open; whether it still is depends on the time. */
  readonly openings?: readonly Opening[]
  /** The latest time that any source told here in this incarnation; 0 before the first. */
  readonly heardMs: number
  source(tenant: string, source: string): SourceView | undefined
}
