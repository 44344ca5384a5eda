import { FreshetError, type SourceConnection, type SourceVersion } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import { compareAll, refuseMassRemoval, type Comparison } from './compare.ts'
import type { Connector, Hint, HintedState, Row } from './connector.ts'
import type { FreshetPort } from './freshet-port.ts'
import { readCursor, writtenCursor } from './map-row.ts'
import { ALL_SUBJECTS, PendingSubjects } from './pending-subjects.ts'
import { CHANGES_AT_ONCE, Sender } from './sender.ts'
import { StatedDigests } from './stated-digests.ts'
import { statesOfGone, statesOfRow, type UpstreamState } from './subject-changes.ts'

/** Subjects that are read at a time. */
export const READS_AT_ONCE = 16
/** The pauses after an error: the first one, doubled each time, up to the longest. */
const PAUSE_MS = { first: 250, max: 5_000 } as const
/** The part of a connection in which something failed. */
export type ConnectionWork = 'epoch' | 'hints' | 'read' | 'compare' | 'heartbeat'

/** An event of a connection, for logs and metrics. */
export type ConnectionEvent =
  | { readonly kind: 'began'; readonly epoch: bigint }
  | { readonly kind: 'superseded' }
  | { readonly kind: 'compared'; readonly comparison: Comparison; readonly tookMs: number }
  | { readonly kind: 'sent'; readonly changes: number; readonly found: 'hint' | 'compare' }
  | { readonly kind: 'heartbeat'; readonly throughMs: number; readonly waiting: number }
  | {
      readonly kind: 'failed'
      readonly error: unknown
      readonly work: ConnectionWork
    }

/** A connection of a source, and the parts that it works with. */
export interface ConnectionParts {
  readonly source: string
  readonly connection: SourceConnection
  readonly heartbeatMs: number
  readonly leaseMs: number
  /** The share of subjects, 0 to 1, that a comparison can take something from without a confirmation. */
  readonly removalShare: number
  readonly connector: Connector
  readonly freshet: FreshetPort
  readonly timer: Timer
  readonly onEvent: (event: ConnectionEvent) => void
}

/** The work of one process under one epoch. */
export class ConnectionEpoch {
  readonly #parts: ConnectionParts
  readonly #epoch: bigint
  readonly #signal: AbortSignal
  readonly #pending: PendingSubjects
  readonly #sender: Sender
  readonly #bell = new Bell()
  /** The latest states that hints brought, of connectors that read no single subject. */
  readonly #rows = new Map<
    string,
    HintedState & { readonly row: Row | undefined; readonly last: Row | undefined }
  >()
  /** The `sub` of a subject, where it differs from its key. */
  readonly #subs = new Map<string, string>()
  readonly #committed = new Map<string, number>()
  #digests = new StatedDigests()
  #comparing: Promise<void> | undefined
  /** States of single subjects that were sent while a comparison ran. */
  #sentMeanwhile: (UpstreamState & { readonly version: SourceVersion })[] = []
  /** Subjects that events named since the comparison that runs began, or before it and not read yet. */
  #namedMeanwhile = new Set<string>()
  #isCompared = false

  constructor(parts: ConnectionParts, epoch: bigint, signal: AbortSignal) {
    this.#parts = parts
    this.#epoch = epoch
    this.#signal = signal
    const { connection, connector } = parts
    this.#pending = new PendingSubjects(connection.settleMs, connector.read !== undefined)
    this.#sender = new Sender(parts, epoch, signal)
  }

  async followHints(from: string | undefined): Promise<void> {
    const { connector, timer } = this.#parts
    const cursor = readCursor(this.#parts.connection, from)
    if (connector.hints === undefined) return
    if (cursor === undefined) this.#touch(ALL_SUBJECTS)
    else this.#pending.drained({ kind: 'drained', cursor, startedMs: Number.NEGATIVE_INFINITY })
    let next = cursor
    await this.#repeating('hints', async () => {
      for await (const hint of connector.hints?.(next, this.#signal) ?? []) {
        if (hint.kind === 'drained') next = hint.cursor
        this.#hint(hint)
        await this.#room()
      }
      await timer.sleep(PAUSE_MS.first, this.#signal)
    })
  }

  #hint(hint: Hint): void {
    switch (hint.kind) {
      case 'drained':
        this.#pending.drained(hint)
        break
      case 'touched-all':
        this.#touch(ALL_SUBJECTS)
        break
      case 'touched':
        if (hint.committedMs !== undefined) this.#committed.set(hint.key, hint.committedMs)
        this.#touch(hint.key)
        break
      case 'row':
      case 'gone': {
        const [key, row, last] =
          hint.kind === 'row'
            ? [hint.row.key, hint.row, undefined]
            : [hint.key, undefined, hint.last]
        this.#rows.set(key, { ...hint, row, last })
        this.#touch(key)
      }
    }
  }

  /** Events that bring states wait while many are not answered yet: a lost state could not be read again. */
  async #room(): Promise<void> {
    while (this.#rows.size >= ROWS_MAX && !this.#signal.aborted)
      await this.#parts.timer.sleep(ROOM_MS, this.#signal)
  }

  #touch(key: string): void {
    if (this.#comparing) this.#namedMeanwhile.add(key)
    this.#pending.touch(key, this.#parts.timer.monotonicMs())
    this.#bell.ring()
  }

  async readPending(): Promise<void> {
    await Promise.all(Array.from({ length: READS_AT_ONCE }, () => this.#readOneByOne()))
  }

  async #readOneByOne(): Promise<void> {
    const { timer } = this.#parts
    let failures = 0
    while (!this.#signal.aborted) {
      const beganMs = timer.monotonicMs()
      const key = this.#pending.take(beganMs)
      if (key === undefined) {
        const dueMs = this.#pending.nextDueMs()
        await this.#bell.wait(timer, dueMs === undefined ? IDLE_MS : dueMs - beganMs, this.#signal)
        continue
      }
      try {
        await (key === ALL_SUBJECTS ? this.#compare('hint') : this.#readSubject(key))
        this.#pending.answered(key, beganMs, timer.monotonicMs())
        failures = 0
      } catch (error) {
        this.#refuseFinal(error, key === ALL_SUBJECTS ? 'compare' : 'read')
        this.#pending.failed(key, timer.monotonicMs(), pauseMs(failures))
        failures += 1
      }
    }
  }

  async #readSubject(key: string): Promise<void> {
    const { connector, timer } = this.#parts
    const version = this.#sender.version()
    const beganMs = timer.nowMs()
    const held = this.#rows.get(key)
    const row = connector.read ? await connector.read(key, this.#signal) : held?.row
    const states = this.#statesOf(key, row, held?.last)
    if (states === undefined) {
      this.#pending.widen(key, timer.monotonicMs())
      this.#bell.ring()
      return
    }
    // The list of a comparison can be older than this read, and its differences are sent later. The versions decide.
    const isNew = (state: UpstreamState): boolean =>
      !this.#isCompared || this.#comparing !== undefined || !this.#digests.has(state)
    const committedMs = held?.committedMs ?? this.#committed.get(key)
    await this.#send(states.filter(isNew), {
      version,
      occurredAtMs: committedMs ?? beganMs,
      found: 'hint',
      isSingle: true,
    })
    if (this.#rows.get(key) === held) this.#rows.delete(key)
    this.#committed.delete(key)
    held?.onAccepted?.()
  }

  /** Returns the states of a subject, or `undefined` if it is gone and its `sub` is not known. */
  #statesOf(
    key: string,
    row: Row | undefined,
    last: Row | undefined,
  ): readonly UpstreamState[] | undefined {
    const { connection, connector } = this.#parts
    const known = this.#subs.get(key) ?? (last && statesOfRow(connection, last)?.sub)
    const mapped = row && statesOfRow(connection, row)
    if (mapped === undefined) {
      const isName =
        connector.list === undefined || (this.#isCompared && this.#digests.hasSubject(key))
      const sub = known ?? (isName ? key : undefined)
      return sub === undefined ? undefined : statesOfGone(connection, sub)
    }
    if (mapped.sub !== key) this.#subs.set(key, mapped.sub)
    const before =
      known !== undefined && known !== mapped.sub ? statesOfGone(connection, known) : []
    return [...before, ...mapped.states]
  }

  async compareRegularly(from: string | undefined): Promise<void> {
    const { connection, connector, timer } = this.#parts
    if (connector.list === undefined) return
    const isComparedFirst =
      connector.hints !== undefined && readCursor(connection, from) === undefined
    if (isComparedFirst) await timer.sleep(connection.compareMs, this.#signal)
    while (!this.#signal.aborted) {
      const beganMs = timer.monotonicMs()
      await this.#compare('compare')
        .then(() => this.#noteListed(beganMs))
        .catch((error: unknown) => {
          this.#refuseFinal(error, 'compare')
          // The difference is unknown, or held. The engine vouches for nothing until a comparison succeeds.
          this.#touch(ALL_SUBJECTS)
        })
      await timer.sleep(connection.compareMs, this.#signal)
    }
  }

  /** Without events, a list is the only read of the upstream system, so it drains it. */
  #noteListed(startedMs: number): void {
    if (this.#parts.connector.hints === undefined)
      this.#hint({ kind: 'drained', cursor: '', startedMs })
  }

  /** Compares once at a time. */
  async #compare(found: 'hint' | 'compare'): Promise<void> {
    const before = this.#comparing
    const own = (async (): Promise<void> => {
      await before?.catch(() => undefined)
      this.#sentMeanwhile = []
      this.#namedMeanwhile = new Set(this.#pending.keys())
      await this.#compareNow(found)
    })()
    this.#comparing = own
    try {
      await own
    } finally {
      if (this.#comparing === own) this.#comparing = undefined
    }
  }

  async #compareNow(found: 'hint' | 'compare'): Promise<void> {
    const { connection, connector, freshet, timer, removalShare, onEvent } = this.#parts
    // Without a list, an absent subject is no sign that it is gone.
    if (connector.list === undefined) return
    const beganMs = timer.nowMs()
    const version = this.#sender.version()
    const parts = { connection, connector, freshet, version }
    const comparison = await compareAll(parts, this.#signal)
    onEvent({ kind: 'compared', comparison, tookMs: timer.nowMs() - beganMs })
    refuseMassRemoval(comparison, removalShare)
    const { differences, digests, isPartial } = comparison
    const isNamed = await this.#namedAmong(differences, found)
    for (let at = 0; at < differences.length; at += CHANGES_AT_ONCE) {
      const some = differences.slice(at, at + CHANGES_AT_ONCE)
      const read = { version, occurredAtMs: beganMs }
      await this.#send(some.filter(isNamed), { ...read, found: 'hint' })
      await this.#send(
        some.filter((state) => !isNamed(state)),
        { ...read, found: 'compare' },
      )
    }
    for (const state of differences) digests.note(state)
    for (const state of this.#sentMeanwhile) digests.noteMeanwhile(state, version)
    this.#digests = digests
    this.#isCompared = true
    this.#committed.clear()
    if (isPartial) this.#touch(ALL_SUBJECTS)
  }

  /**
   * Returns which differences an event has named. An event of a change that the list shows can come later than the list,
   * so a regular comparison waits until the events of that time are read. A removal that no event announced has waited
   * for the comparison itself, which is far longer.
   */
  async #namedAmong(
    differences: readonly UpstreamState[],
    found: 'hint' | 'compare',
  ): Promise<(state: UpstreamState) => boolean> {
    const { connection, connector, timer } = this.#parts
    const all = (): boolean => true
    if (found === 'hint' || connector.hints === undefined || differences.length === 0) return all
    const { settleMs, intervalMs } = connection
    const listedMs = timer.monotonicMs()
    const latestMs = listedMs + EVENTS_WITHIN * (settleMs + intervalMs)
    while (!this.#signal.aborted && this.#pending.drainedMs < listedMs + settleMs) {
      if (timer.monotonicMs() > latestMs || this.#namedMeanwhile.has(ALL_SUBJECTS)) return all
      await timer.sleep(intervalMs, this.#signal)
    }
    if (this.#namedMeanwhile.has(ALL_SUBJECTS)) return all
    const named = new Set([...this.#namedMeanwhile].map((key) => this.#subs.get(key) ?? key))
    return ({ sub }) => named.has(sub)
  }

  async #send(
    states: readonly UpstreamState[],
    read: {
      readonly version: SourceVersion
      readonly occurredAtMs: number
      readonly found: 'hint' | 'compare'
      /** It was read by itself, and not as a part of a list. */
      readonly isSingle?: boolean
    },
  ): Promise<void> {
    if (states.length === 0) return
    await this.#sender.send(states, read)
    for (const state of states) {
      this.#digests.note(state)
      if (read.isSingle === true && this.#comparing) this.#sentMeanwhile.push({ ...state, ...read })
    }
    this.#parts.onEvent({ kind: 'sent', changes: states.length, found: read.found })
  }

  async sendHeartbeats(): Promise<void> {
    const { heartbeatMs, timer, freshet, connection, onEvent } = this.#parts
    let lastMs = Number.NEGATIVE_INFINITY
    await this.#repeating('heartbeat', async () => {
      const vouched = this.#pending.vouched()
      if (vouched !== undefined && vouched.throughMs > lastMs) {
        const cursor = writtenCursor(connection, vouched.cursor)
        const sentMs = timer.nowMs()
        const throughMs = sentMs - (timer.monotonicMs() - vouched.throughMs)
        await freshet.heartbeat({ throughMs, sentMs, epoch: this.#epoch, cursor }, this.#signal)
        lastMs = vouched.throughMs
        onEvent({ kind: 'heartbeat', throughMs, waiting: this.#pending.size })
      }
      await timer.sleep(heartbeatMs, this.#signal)
    })
  }

  /** Repeats the work until the signal aborts, with growing pauses after errors. */
  async #repeating(work: 'hints' | 'heartbeat', once: () => Promise<void>): Promise<void> {
    let failures = 0
    while (!this.#signal.aborted) {
      try {
        await once()
        failures = 0
      } catch (error) {
        this.#refuseFinal(error, work)
        const { timer, heartbeatMs } = this.#parts
        await timer.sleep(Math.min(pauseMs(failures), heartbeatMs), this.#signal)
        failures += 1
      }
    }
  }

  /** @throws the error itself, if no later try resolves it */
  #refuseFinal(error: unknown, work: ConnectionWork): void {
    if (this.#signal.aborted) return
    const isPassing =
      error instanceof FreshetError &&
      (error.disposition === 'retry' ||
        error.code === 'limit.reached' ||
        error.code === 'event.unacknowledged' ||
        // The clock of this process is ahead. The claims are unverified until it is right.
        (work === 'heartbeat' && error.code === 'event.malformed'))
    if (!isPassing) throw error
    this.#parts.onEvent({ kind: 'failed', error, work })
  }
}

const IDLE_MS = 1_000
/** A comparison waits for events at most this many times as long as one needs to be visible and read. */
const EVENTS_WITHIN = 4
/** The most states of events in memory. */
const ROWS_MAX = 10_000
const ROOM_MS = 10

/** Returns the pause after this number of failures without a success. */
export function pauseMs(failures: number): number {
  return Math.min(PAUSE_MS.max, PAUSE_MS.first * 2 ** failures)
}

/** Wakes those that wait. */
class Bell {
  #rung = new AbortController()

  ring(): void {
    this.#rung.abort()
    this.#rung = new AbortController()
  }

  async wait(timer: Timer, ms: number, signal: AbortSignal): Promise<void> {
    await timer.sleep(ms, AbortSignal.any([signal, this.#rung.signal]))
  }
}
