import {
  PartitionFollower,
  type Bounds,
  type FollowOutcome,
  type SignatureVerdict,
  verdictsOf,
} from '@freshet/protocol'
import {
  decodeApplied,
  joinRecordHashes,
  readCheckpoint,
  readCheckpointLink,
  recordHash,
  traceparentOf,
  type LogRecord,
  type ReadCheckpoint,
  type Timer,
  type VerifyKey,
  APPLIES_MAX,
  type EdgeApply,
} from '@freshet/wire'
import type { StaleAllows } from '../exposure/stale-allows.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { EdgeKnowledge } from '../knowledge/edge-knowledge.ts'
import { FOLLOW_LEASE_MS, RECORDS_PER_STEP } from '../limits.ts'
import type { AppliedNotice } from '../options.ts'
import type { BrokerTime } from '../report/broker-time.ts'
import type { Start } from './find-start.ts'
import { decodeAppliedOnce, readCheckpointOnce, recordHashOnce } from './read-once.ts'
import { SignerOffsets } from './signer-offsets.ts'
import type { Turns } from './turns.ts'
import { processCheckpoints } from './verified-checkpoints.ts'

/** Counts the requests for which a revocation came too late. */
export interface FeedExposure {
  readonly time: Pick<BrokerTime, 'received'>
  readonly allows: Pick<StaleAllows, 'onApplied' | 'takeSinceMs'>
}

/** The parts that a partition's feed works with. */
export interface FeedContext {
  readonly knowledge: EdgeKnowledge
  readonly keys: Pick<KeyRing, 'find' | 'renew'>
  readonly timer: Timer
  /** Those of the whole edge. */
  readonly turns: Turns
  /** T_max + margin: what is older judges no token. */
  readonly keptMs: number
  /** Something was applied that can make a token stale. */
  readonly onApplied: () => void
  /** Called with each revocation that was applied while live. */
  readonly onRevocation?: ((applied: AppliedNotice) => void) | undefined
  /** The requests that were allowed before, and the broker's time. */
  readonly exposure?: FeedExposure
  /** The reading has to go on from another offset than the next one. */
  readonly onRestart: () => void
}

/** Follows one partition of the revocation topic: hands its records to the protocol's follower. */
export class PartitionFeed {
  readonly partition: number
  readonly #context: FeedContext
  readonly #follower: PartitionFollower<LogRecord>
  readonly #signers: SignerOffsets
  readonly #applies = new ApplyNotes()
  /** Checkpoints before this offset are read for their path alone. */
  #pathUntil: bigint
  #next: bigint
  #reading = 0
  #heartbeatAtMs: number | undefined

  /** `start`: where reading begins; by default at the earliest offset. */
  constructor(partition: number, bounds: Bounds, context: FeedContext, start?: Start) {
    this.partition = partition
    this.#context = context
    this.#signers = new SignerOffsets(context.keptMs)
    this.#pathUntil = start?.pathUntil ?? 0n
    this.#next = start === undefined ? bounds.earliest : start.base.offset + 1n
    this.#follower = new PartitionFollower<LogRecord>({
      partition,
      bounds,
      start: start?.base,
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

  /** The applies since the last call. */
  takeApplies(): ReturnType<ApplyNotes['take']> {
    return this.#applies.take()
  }

  /** Records in order; `end` is the offset that the partition's next record will get. */
  async onRecords(records: readonly LogRecord[], end: bigint): Promise<void> {
    const { turns, keys } = this.#context
    const reading = this.#reading
    for (let from = 0; from < records.length; from += RECORDS_PER_STEP) {
      const step = records.slice(from, from + RECORDS_PER_STEP)
      while (turns.isOver) await turns.next()
      const reads = turns.step(() => step.map((record) => this.#read(record)))
      const namedKeys = keysOf(reads.filter(isCheckpoint), keys)
      const found = namedKeys instanceof Promise ? await namedKeys : namedKeys
      const isGivenUp = (): boolean => reading !== this.#reading
      while (turns.isOver) await turns.next()
      turns.step(() => isGivenUp() || this.#take(step, reads, found))
      if (isGivenUp()) return
    }
    // An early call would make the edge live on a part of the topic (rule 17).
    if (this.#next >= end) this.#follower.handle({ kind: 'end-reached', nextOffset: this.#next })
  }

  /** The offset to go on from, when the one asked for is gone. */
  onOffsetLost(bounds: Bounds): bigint {
    const nowMonoMs = this.#context.timer.monotonicMs()
    const outcome = this.#follower.handle({ kind: 'offset-lost', bounds, nowMonoMs })
    this.#pathUntil = 0n
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

  /**
   * Keys left the set. If one of them was revoked, not retired, the feed forgets everything and reads again.
   */
  onKeysGone(kids: readonly string[]): void {
    const nowMs = this.#context.timer.nowMs()
    if (!kids.some((kid) => this.#signers.isNeeded(kid, nowMs))) return
    this.#act(this.#follower.handle({ kind: 'key-revoked' }))
  }

  #read(record: LogRecord): ReadCheckpoint | undefined {
    if (this.live) return readCheckpointOnce(record)
    return record.offset < this.#pathUntil ? readCheckpointLink(record) : readCheckpoint(record)
  }

  /** Up to where an outcome asks to read elsewhere. */
  #take(
    records: readonly LogRecord[],
    reads: readonly (ReadCheckpoint | undefined)[],
    keys: NamedKeys,
  ): void {
    const reading = this.#reading
    const verdicts = judgeCheckpoints(reads.filter(isCheckpoint), keys)[Symbol.iterator]()
    for (const [index, record] of records.entries()) {
      const read = reads[index]
      if (read === undefined) this.#onRecord(record)
      else this.#onCheckpoint(record, read, verdicts.next().value ?? 'invalid')
      if (reading !== this.#reading) return
      this.#next = record.offset + 1n
    }
  }

  #onRecord(record: LogRecord): void {
    const { offset } = record
    const hash = this.live ? recordHashOnce(record) : recordHash(record)
    this.#follower.handle({ kind: 'record', offset, hash, record })
  }

  #onCheckpoint(record: LogRecord, read: ReadCheckpoint, signature: SignatureVerdict): void {
    const { checkpoint, hash, kid } = read
    const { offset, appendedAtMs } = record
    const nowMonoMs = this.#context.timer.monotonicMs()
    this.#context.exposure?.time.received(appendedAtMs)
    const event = { offset, hash, signature, checkpoint, appendedAtMs, nowMonoMs }
    const outcome = this.#follower.handle({ kind: 'checkpoint', ...event })
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
    // A record without room was compared with nothing.
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
      if (this.live) this.#notify(record)
    }
    if (changed) onApplied()
  }

  #notify({ headers, appendedAtMs }: LogRecord): void {
    const { onRevocation, timer } = this.#context
    if (onRevocation === undefined) return
    const at = { appendedAtMs, appliedAtMs: timer.nowMs() }
    onRevocation({ partition: this.partition, traceparent: traceparentOf(headers), ...at })
  }

  #restartFrom(offset: bigint): void {
    this.#reading += 1
    this.#pathUntil = 0n
    this.#next = offset
    this.#context.onRestart()
  }
}

function isCheckpoint(read: ReadCheckpoint | undefined): read is ReadCheckpoint {
  return read !== undefined
}

/** Checkpoint keys by the name that a checkpoint gives; a name without a key is unknown. */
type NamedKeys = ReadonlyMap<string, VerifyKey | undefined>

/** The keys that checkpoints name: at once where the edge holds them all, else after one reading of the key set. */
function keysOf(
  reads: readonly ReadCheckpoint[],
  keys: Pick<KeyRing, 'find'>,
): NamedKeys | Promise<NamedKeys> {
  const found = [...new Set(reads.map(({ kid }) => kid))].map(
    (kid) => [kid, keys.find('checkpoints', kid)] as const,
  )
  const held = found.flatMap(([kid, key]) => (key instanceof Promise ? [] : [[kid, key] as const]))
  if (held.length === found.length) return new Map(held)
  return Promise.all(found.map(async ([kid, key]) => [kid, await key] as const)).then(
    (all) => new Map(all),
  )
}

/** The verdicts on the signatures of checkpoints that were read in this order: one signature for each path. */
function judgeCheckpoints(
  reads: readonly ReadCheckpoint[],
  keys: NamedKeys,
): readonly SignatureVerdict[] {
  const links = reads.map(({ hash, checkpoint: { previous } }) => ({ hash, previous }))
  const keyOf = (index: number): VerifyKey | undefined => keys.get(reads[index]?.kid ?? '')
  return verdictsOf(links, {
    isKnown: (index) => keyOf(index) !== undefined,
    isSigned: (index) => {
      const [read, key] = [reads[index], keyOf(index)]
      return read !== undefined && key !== undefined && processCheckpoints.verify(read, key)
    },
  })
}

/**
 * The applies of a partition since the last report. Beyond the limit, the newest replaces the one before it:
 * the records between them are then reported as applied later than they were, never earlier.
 */
export class ApplyNotes {
  #notes: EdgeApply[] = []

  add(note: EdgeApply): void {
    const replaced = this.#notes.length < APPLIES_MAX ? undefined : this.#notes.pop()
    this.#notes.push(replaced === undefined ? note : joined(replaced, note))
  }

  take(): readonly EdgeApply[] {
    const taken = this.#notes
    this.#notes = []
    return taken
  }
}

/** A joined entry is complete only since the time from which on both were. */
function joined(replaced: EdgeApply, { allowsSinceMs, ...note }: EdgeApply): EdgeApply {
  if (allowsSinceMs === undefined || replaced.allowsSinceMs === undefined) return note
  return { ...note, allowsSinceMs: Math.max(replaced.allowsSinceMs, allowsSinceMs) }
}
