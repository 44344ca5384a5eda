import type { BreakGlassGrant } from '../changes/break-glass-grant.ts'
import type { Checkpoint, CheckpointRef, Heartbeat } from '../checkpoint/checkpoint.ts'
import { CHECKPOINTS_REMEMBERED_MAX, RECORDS_PER_CHECKPOINT_MAX } from '../checkpoint/limits.ts'
import { latestThroughMs } from '../mint/source-lease.ts'
import { CatchUp, type CheckpointContext } from './catch-up.ts'
import { CheckpointMemory } from './checkpoint-memory.ts'
import type {
  Bounds,
  CheckpointRead,
  FollowEvent,
  FollowOutcome,
  IgnoredReason,
  RecordRead,
} from './follow-event.ts'
import { PHASE_TABLE, type FollowPhase, type PhaseSignal } from './follow-phase.ts'
import type { PartitionView, SourceView } from './partition-view.ts'
import { ResyncClock } from './resync-clock.ts'
import { SourceViews, type HeartbeatReceipt } from './source-views.ts'
import { TenantLists } from './tenant-lists.ts'
import { TrustedHeartbeat } from './trusted-heartbeat.ts'

/** The options of a follower, fixed at its start. */
export interface FollowerOptions {
  readonly partition: number
  /** The partition's bounds at start (rule 17). */
  readonly bounds: Bounds
  /** Reading begins behind this base. The default is `earliest`. */
  readonly start?: CheckpointRef | undefined
  /** After so long without a heartbeat that counted, a resync is due. The shortest source lease. */
  readonly leaseMs: number
  readonly nowMonoMs: number
  /** The digest that `recordsHash` holds, over the hashes of the covered records in order. */
  readonly digest: (recordHashes: readonly string[]) => string
  readonly limits?: FollowLimits
}

/**
 * Follows one partition of the revocation topic (SPEC.md): decides which records apply and what a
 * heartbeat is worth. Holds no watermarks; the caller applies what `handle` returns, in order.
 */
export class PartitionFollower<R> implements PartitionView {
  readonly partition: number
  readonly #digest: (recordHashes: readonly string[]) => string
  readonly #ring: UncoveredRing<R>
  readonly #checkpoints: CheckpointMemory
  readonly #views = new SourceViews()
  readonly #lists = new TenantLists()
  readonly #resync: ResyncClock
  readonly #catchUp: CatchUp
  #trusted = new TrustedHeartbeat()
  #phase: FollowPhase = 'catching-up'
  #e = 0n
  #isAnchored = false

  constructor(options: FollowerOptions) {
    const { ringMax, checkpointsMax } = options.limits ?? FOLLOW_LIMITS
    this.partition = options.partition
    this.#digest = options.digest
    this.#ring = new UncoveredRing(ringMax)
    this.#checkpoints = new CheckpointMemory(checkpointsMax)
    if (options.start) this.#checkpoints.beginAt(options.start.hash)
    this.#resync = new ResyncClock(options.leaseMs, options.nowMonoMs)
    this.#catchUp = new CatchUp(options.bounds.end)
  }

  get phase(): FollowPhase {
    return this.#phase
  }

  get e(): bigint {
    return this.#e
  }

  get live(): boolean {
    return this.#phase === 'live' || this.#phase === 'overdue'
  }

  /**
   * True once everything up to the end seen at start was read and a heartbeat beyond it continued a trusted
   * one, whether or not it extended a `through`. It is about the follower: verdicts need `live`.
   */
  get caughtUp(): boolean {
    return this.live || this.#catchUp.hasSeenHead
  }

  get minimumPv(): number {
    return this.#trusted.minimumPv
  }

  get foreignSinceMs(): number | undefined {
    return this.#trusted.foreignSinceMs
  }

  get mapVersion(): number {
    return this.#trusted.mapVersion
  }

  get mapHash(): string | null {
    return this.#trusted.mapHash
  }

  get nextOffset(): bigint {
    return this.#trusted.nextOffset
  }

  get grants(): readonly BreakGlassGrant[] {
    return this.#trusted.grants
  }

  get lastHeartbeatMs(): number {
    return this.#views.latestMs
  }

  /** The number of remembered checkpoints, for metrics. */
  get remembered(): number {
    return this.#checkpoints.size
  }

  source(tenant: string, source: string): SourceView | undefined {
    return this.#views.get(tenant, source)
  }

  tenants(): Iterable<string> {
    return this.#views.tenants()
  }

  /** Takes one event, in the order in which the events happened, and returns the reaction to it. */
  handle(event: FollowEvent<R>): FollowOutcome<R> {
    switch (event.kind) {
      case 'record':
        this.#ring.push(event)
        return ignored('buffered')
      case 'checkpoint':
        return this.#onCheckpoint(event)
      case 'end-reached':
        // This ends the end seen at start, too: a topic that was cut since then ends here.
        this.#resync.reachedEnd()
        this.#catchUp.reachedEnd(event.nextOffset)
        this.#signal('past-end')
        return ignored('nothing-due')
      case 'offset-lost':
        return this.#onOffsetLost(event.bounds, event.nowMonoMs)
      case 'reconnect':
        // A loss that a changed log hides shows as a missing path.
        this.#resync.suspect()
        return ignored('nothing-due')
      case 'key-revoked':
        return this.#forgetEverything()
      case 'tick':
        return this.#onTick(event.nowMonoMs)
    }
  }

  #onCheckpoint(read: CheckpointRead): FollowOutcome<R> {
    const { checkpoint, hash, offset } = read
    const latestMs = latestThroughMs(read.appendedAtMs)
    const batch = this.#ring.last(checkpoint.count)
    this.#ring.clear()
    this.#resync.reached(offset + 1n)
    if (read.signature === 'invalid') return ignored('bad-signature')
    if (read.signature === 'unknown-key') return ignored('unknown-key')
    if (checkpoint.partition !== this.partition) return ignored('other-partition')
    // A generation older than another is no reason to ignore a batch (rule 10).
    const matches =
      batch !== undefined && this.#digest(batch.map((each) => each.hash)) === checkpoint.recordsHash
    if (!matches) {
      if (this.#isNews(checkpoint, latestMs)) this.#resync.want(checkpoint.heartbeat.base)
      return ignored('records-mismatch')
    }
    this.#enterIncarnation(checkpoint.e)
    if (checkpoint.heartbeat !== undefined) this.#lists.take(checkpoint.heartbeat)
    const isRepeated = this.#checkpoints.has(hash)
    this.#checkpoints.add(hash, checkpoint.previous)
    const path = this.#weigh(read)
    this.#catchUp.take(read, this.#contextOf(hash, isRepeated))
    if (isRepeated && path === 'none-needed') return ignored('repeated')
    return { kind: 'apply', records: batch.map((each) => each.record), path }
  }

  #contextOf(hash: string, isRepeated: boolean): CheckpointContext {
    const isTrusted = this.#checkpoints.isTrusted(hash)
    const { nextOffset } = this
    return { e: this.#e, isRepeated, isTrusted, nextOffset }
  }

  /** Weighs a heartbeat of a matched batch; a checkpoint without one needs no path. */
  #weigh(read: CheckpointRead): 'none-needed' | 'missing' | 'extended' {
    const { checkpoint, hash, offset, nowMonoMs } = read
    const latestMs = latestThroughMs(read.appendedAtMs)
    if (!this.#isNews(checkpoint, latestMs)) return 'none-needed'
    const { heartbeat } = checkpoint
    const path = this.#pathOf(hash, heartbeat)
    if (path === undefined) {
      this.#resync.want(heartbeat.base)
      return 'missing'
    }
    this.#checkpoints.trust(path)
    this.#checkpoints.pruneBefore(heartbeat.base)
    this.#believe(heartbeat, { nowMonoMs, latestMs })
    this.#resync.extended(nowMonoMs)
    if (this.#catchUp.isBeyondEnd(offset)) this.#signal('extended')
    return 'extended'
  }

  #pathOf(hash: string, { base }: Heartbeat): readonly string[] | undefined {
    if (!this.#checkpoints.mayEndAt(base.hash)) return undefined
    return this.#checkpoints.pathBack(hash, base.hash)
  }

  /** Only news is walked for, so that replayed heartbeats cost nothing and become trusted never. */
  #isNews(
    checkpoint: Checkpoint,
    latestMs: number,
  ): checkpoint is Checkpoint & { heartbeat: Heartbeat } {
    const { heartbeat, e } = checkpoint
    if (heartbeat === undefined || e < this.#e) return false
    return (
      !this.#isAnchored ||
      e > this.#e ||
      this.#trusted.isSurpassedBy(heartbeat) ||
      this.#views.isSurpassedBy(this.#lists.read(heartbeat), latestMs)
    )
  }

  #believe(heartbeat: Heartbeat, times: HeartbeatReceipt): void {
    this.#isAnchored = true
    this.#lists.keep(heartbeat)
    const through = this.#lists.read(heartbeat)
    this.#views.merge(through, times)
    this.#trusted.merge(heartbeat)
  }

  /** An authentic later incarnation restricts at once, with or without a path (rule 18). */
  #enterIncarnation(e: bigint): void {
    if (e <= this.#e) return
    this.#e = e
    this.#trusted.enterIncarnation()
    this.#views.clear()
  }

  #onOffsetLost(bounds: Bounds, nowMonoMs: number): FollowOutcome<R> {
    this.#ring.clear()
    this.#signal('offset-lost')
    if (!this.live) this.#catchUp.restart(bounds.end)
    return { kind: 'resync', from: this.#resync.again(bounds, nowMonoMs) }
  }

  #onTick(nowMonoMs: number): FollowOutcome<R> {
    if (this.#resync.isOverdue(nowMonoMs)) this.#signal('lease-out')
    const base = this.#resync.due(nowMonoMs)
    if (base === undefined || this.#phase === 'catching-up') return ignored('nothing-due')
    this.#resync.started(nowMonoMs)
    this.#checkpoints.beginAt(base.hash)
    this.#ring.clear()
    return { kind: 'resync', from: base.offset }
  }

  #forgetEverything(): FollowOutcome<R> {
    this.#ring.clear()
    this.#checkpoints.clear()
    this.#views.clear()
    this.#lists.clear()
    // The holder of the key could have signed these, too.
    this.#e = 0n
    this.#trusted = new TrustedHeartbeat()
    this.#isAnchored = false
    this.#catchUp.forget()
    this.#signal('key-revoked')
    return { kind: 'rebuild' }
  }

  #signal(signal: PhaseSignal): void {
    this.#phase = PHASE_TABLE[this.#phase][signal]
  }
}

function ignored(reason: IgnoredReason): { kind: 'ignored'; reason: IgnoredReason } {
  return { kind: 'ignored', reason }
}

/** The limits of a follower's memory. Only simulations and tests use others than `FOLLOW_LIMITS`. */
export interface FollowLimits {
  /** Records that it holds until their checkpoint is read. A checkpoint that covers more is ignored. */
  readonly ringMax: number
  /** Trusted checkpoints that it remembers, and as many others. */
  readonly checkpointsMax: number
}

/** The limits of every edge. */
export const FOLLOW_LIMITS: FollowLimits = {
  ringMax: RECORDS_PER_CHECKPOINT_MAX,
  checkpointsMax: CHECKPOINTS_REMEMBERED_MAX,
}

/** The last records that were read and are not yet covered by a checkpoint: bounded, oldest lost. */
class UncoveredRing<R> {
  readonly #max: number
  #entries: RecordRead<R>[] = []

  constructor(max: number) {
    this.#max = max
  }

  push(entry: RecordRead<R>): void {
    this.#entries.push(entry)
    // Trimmed at twice the bound, so that a flood of forged records costs O(1) each.
    if (this.#entries.length > 2 * this.#max) this.#entries = this.#entries.slice(-this.#max)
  }

  /** The `count` records directly before here, or undefined if so many were not read in a row. */
  last(count: number): readonly RecordRead<R>[] | undefined {
    if (count > this.#max || count > this.#entries.length) return undefined
    return count === 0 ? [] : this.#entries.slice(-count)
  }

  /** A checkpoint, good or bad, ends what a later one could cover. */
  clear(): void {
    this.#entries = []
  }
}
