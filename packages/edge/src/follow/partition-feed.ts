import {
  PartitionFollower,
  type Bounds,
  type FollowOutcome,
  type SignatureVerdict,
} from '@freshet/domain'
import {
  decodeApplied,
  joinRecordHashes,
  recordHash,
  traceparentOf,
  type LogRecord,
  type ReadCheckpoint,
  type Timer,
} from '@freshet/events'
import type { StaleAllows } from '../exposure/stale-allows.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { EdgeKnowledge } from '../knowledge/edge-knowledge.ts'
import { FOLLOW_LEASE_MS } from '../limits.ts'
import type { AppliedNotice } from '../options.ts'
import type { BrokerTime } from '../report/broker-time.ts'
import { ApplyNotes } from './apply-notes.ts'
import { decodeAppliedOnce, readCheckpointOnce, recordHashOnce } from './read-once.ts'
import { SignerOffsets } from './signer-offsets.ts'
import { processCheckpoints } from './verified-checkpoints.ts'

/** Who looks at what a revocation came too late for. */
export interface FeedExposure {
  readonly time: Pick<BrokerTime, 'received'>
  readonly allows: Pick<StaleAllows, 'onApplied' | 'takeSinceMs'>
}

/** What a partition's feed works with. */
export interface FeedContext {
  readonly knowledge: EdgeKnowledge
  readonly keys: Pick<KeyRing, 'find' | 'renew'>
  readonly timer: Timer
  /** T_max + margin: what is older judges no token. */
  readonly keptMs: number
  /** Something was applied that can make a token stale. */
  readonly onApplied: () => void
  /** Told of each revocation that was applied while live. */
  readonly onRevocation?: ((applied: AppliedNotice) => void) | undefined
  /** What was let in before, and when the broker says that it is. */
  readonly exposure?: FeedExposure
  /** The reading has to go on from another offset than the next one. */
  readonly onRestart: () => void
}

/** Follows one partition of the revocation topic: hands its records to the domain's follower. */
export class PartitionFeed {
  readonly partition: number
  readonly #context: FeedContext
  readonly #follower: PartitionFollower<LogRecord>
  readonly #signers: SignerOffsets
  readonly #applies = new ApplyNotes()
  #next: bigint
  #reading = 0
  #heartbeatAtMs: number | undefined

  constructor(partition: number, bounds: Bounds, context: FeedContext) {
    this.partition = partition
    this.#context = context
    this.#signers = new SignerOffsets(context.keptMs)
    this.#next = bounds.earliest
    this.#follower = new PartitionFollower<LogRecord>({
      partition,
      bounds,
      leaseMs: FOLLOW_LEASE_MS,
      nowMonoMs: context.timer.monotonicMs(),
      digest: joinRecordHashes,
    })
    context.knowledge.see(this.#follower, true)
  }

  /** Next offset to read: of what was read, or of what has to be read again. */
  get next(): bigint {
    return this.#next
  }

  get live(): boolean {
    return this.#follower.live
  }

  /** Everything was read, and a verified heartbeat came since the start. */
  get caughtUp(): boolean {
    return this.#follower.caughtUp
  }

  get e(): bigint | undefined {
    return this.#follower.e === 0n ? undefined : this.#follower.e
  }

  /** Age of the last heartbeat that counted; null before the first. */
  viewAgeMs(): number | null {
    const at = this.#heartbeatAtMs
    return at === undefined ? null : Math.max(0, this.#context.timer.monotonicMs() - at)
  }

  /** What was applied since the last call. */
  takeApplies(): ReturnType<ApplyNotes['take']> {
    return this.#applies.take()
  }

  /** Records in order; `end` is the offset that the partition's next record will get. */
  async onRecords(records: readonly LogRecord[], end: bigint): Promise<void> {
    const reading = this.#reading
    for (const record of records) {
      const read = readCheckpointOnce(record)
      if (read === undefined) this.#onRecord(record)
      else {
        const key = this.#context.keys.find('checkpoints', read.kid)
        const found = key instanceof Promise ? await key : key
        if (reading !== this.#reading) return
        const isValid = found !== undefined && processCheckpoints.verify(read, found)
        this.#onCheckpoint(record, read, signatureOf(found !== undefined, isValid))
      }
      if (reading !== this.#reading) return
      this.#next = record.offset + 1n
    }
    // Said too early it would make the edge live on a part of the topic (rule 17).
    if (this.#next >= end) this.#follower.handle({ kind: 'end-reached', nextOffset: this.#next })
  }

  /** The offset to go on from, when the one asked for is gone. */
  onOffsetLost(bounds: Bounds): bigint {
    const nowMonoMs = this.#context.timer.monotonicMs()
    const outcome = this.#follower.handle({ kind: 'offset-lost', bounds, nowMonoMs })
    this.#next = outcome.kind === 'resync' ? outcome.from : bounds.earliest
    return this.#next
  }

  onReconnect(): void {
    this.#follower.handle({ kind: 'reconnect' })
  }

  tick(): void {
    const nowMonoMs = this.#context.timer.monotonicMs()
    this.#act(this.#follower.handle({ kind: 'tick', nowMonoMs }))
  }

  /** Keys left the set. Where one of them was revoked, not retired: forget and read again. */
  onKeysGone(kids: readonly string[]): void {
    const nowMs = this.#context.timer.nowMs()
    if (!kids.some((kid) => this.#signers.isNeeded(kid, nowMs))) return
    this.#act(this.#follower.handle({ kind: 'key-revoked' }))
  }

  #onRecord(record: LogRecord): void {
    const { offset } = record
    const hash = this.live ? recordHashOnce(record) : recordHash(record)
    this.#follower.handle({ kind: 'record', offset, hash, record })
  }

  #onCheckpoint(record: LogRecord, read: ReadCheckpoint, signature: SignatureVerdict): void {
    const { checkpoint, hash, kid } = read
    const { offset } = record
    const nowMonoMs = this.#context.timer.monotonicMs()
    this.#context.exposure?.time.received(record.appendedAtMs)
    const event = { kind: 'checkpoint', offset, hash, signature, checkpoint, nowMonoMs } as const
    const outcome = this.#follower.handle(event)
    // The head could not be continued: its key may have been revoked, and ours are ten minutes old.
    if (signature === 'valid' && checkpoint.previous === null && this.live)
      this.#context.keys.renew()
    if (outcome.kind === 'apply') {
      this.#signers.signed(kid, record)
      if (outcome.path === 'extended') {
        this.#heartbeatAtMs = nowMonoMs
        if (checkpoint.heartbeat) this.#signers.base = checkpoint.heartbeat.base.offset
      }
    }
    this.#act(outcome)
    if (outcome.kind === 'apply' && outcome.records.length > 0 && this.live) this.#note(record)
  }

  #note({ offset, appendedAtMs }: LogRecord): void {
    const { timer, exposure, knowledge } = this.#context
    const appliedAtMs = timer.nowMs()
    const sinceMs = exposure?.allows.takeSinceMs()
    // What found no room was not held against anything.
    const isCounted = sinceMs !== undefined && !knowledge.isOverflowing
    const counted = isCounted ? { allowsSinceMs: Math.floor(sinceMs) } : {}
    this.#applies.add({ upTo: offset + 1n, appendedAtMs, appliedAtMs, ...counted })
  }

  #act(outcome: FollowOutcome<LogRecord>): void {
    switch (outcome.kind) {
      case 'ignored':
        return
      case 'apply':
        this.#apply(outcome.records)
        this.#context.knowledge.see(this.#follower, outcome.path === 'extended')
        return
      case 'resync':
        this.#restartFrom(outcome.from)
        return
      case 'rebuild':
        this.#context.knowledge.forget(this.partition)
        this.#heartbeatAtMs = undefined
        this.#signers.clear()
        this.#context.knowledge.see(this.#follower, true)
        this.#restartFrom(0n)
    }
  }

  #apply(records: readonly LogRecord[]): void {
    const { knowledge, onApplied, exposure } = this.#context
    // An edge that catches up reads alone, and to remember a million records takes longer.
    const decode = this.live ? decodeAppliedOnce : decodeApplied
    let changed = false
    for (const record of records) {
      const read = decode(record)
      if (!knowledge.apply(read, this.partition)) continue
      changed = true
      if (read === undefined || read.scope === 'map') continue
      exposure?.allows.onApplied(read, record, knowledge.map)
      if (this.live) this.#tell(record)
    }
    if (changed) onApplied()
  }

  #tell({ headers, appendedAtMs }: LogRecord): void {
    const { onRevocation, timer } = this.#context
    if (onRevocation === undefined) return
    const at = { appendedAtMs, appliedAtMs: timer.nowMs() }
    onRevocation({ partition: this.partition, traceparent: traceparentOf(headers), ...at })
  }

  #restartFrom(offset: bigint): void {
    this.#reading += 1
    this.#next = offset
    this.#context.onRestart()
  }
}

function signatureOf(isKnown: boolean, isValid: boolean): SignatureVerdict {
  if (!isKnown) return 'unknown-key'
  return isValid ? 'valid' : 'invalid'
}
