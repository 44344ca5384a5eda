import type { SourceState } from '../checkpoint/checkpoint.ts'
import type { BreakGlassGrant } from '../changes/break-glass-grant.ts'

/** An edge's knowledge of a source in one partition, from trusted heartbeats. */
export interface SourceView {
  readonly atMs: number | null
  readonly state: SourceState
  /** Monotonic time at which `atMs` last grew. */
  readonly receivedAtMonoMs: number
}

/** An edge's knowledge of one partition; a snapshot for judging and reporting. */
export interface PartitionView {
  readonly partition: number
  /** Incarnation of the latest authentic checkpoint; 0 before the first. */
  readonly e: bigint
  /** True once the follower was past the end seen at start and trusted a heartbeat beyond it. */
  readonly live: boolean
  readonly minimumPv: number
  /** Foreign tokens issued up to this time are stale, by the newest policy version named here. */
  readonly foreignSinceMs?: number | undefined
  readonly mapVersion: number
  readonly mapHash: string | null
  /** Next offset of the change topic that the latest trusted heartbeat names. */
  readonly nextOffset: bigint
  /** The break-glass grants of the latest trusted heartbeat; their end is checked by time. */
  readonly grants?: readonly BreakGlassGrant[]
  /** The latest `through` of any source here in this incarnation; 0 before the first. */
  readonly lastHeartbeatMs: number
  source(tenant: string, source: string): SourceView | undefined
  /** The tenants of which trusted heartbeats named any source. */
  tenants(): Iterable<string>
}
