import type { Drained } from './connector.ts'

/** The most subjects that wait at a time. Beyond it, all are compared, and the single ones are forgotten. */
export const PENDING_MAX = 100_000

/** The name of all subjects together among those that wait. */
export const ALL_SUBJECTS = ''

/** The time up to which the engine can vouch for the upstream system, and the cursor that belongs to it. */
export interface Vouched {
  readonly throughMs: number
  readonly cursor: string
}

interface Pending {
  /** Every commit up to this time is answered, as far as this subject is concerned. */
  boundMs: number
  /** The number of drained reads that were complete before its first hint. */
  readonly mark: number
  isReading: boolean
  /** A hint came while the subject was read. */
  isTouchedAgain: boolean
  /** The time from which the next read can begin. */
  dueMs: number
  /** The begin of the first read after the last hint. Absent: it was not read since. */
  firstReadMs?: number
}

/**
 * The subjects that hints named, until each is done. A hint can come before the upstream system itself shows the new
 * state. So a subject is read at once, and again when `settleMs` has passed since the begin of that read. It is done
 * after the second one.
 *
 * It also knows the time for which the engine can vouch. A commit is visible `settleMs` later. A drained read that began
 * at S has therefore given every commit up to S − settle. A subject that waits keeps that time where it was before its
 * hint. A subject that was read once at F keeps it at F − settle. All times are of the monotonic clock.
 */
export class PendingSubjects {
  readonly #settleMs: number
  readonly #readsTwice: boolean
  readonly #pending = new Map<string, Pending>()
  /** Subjects to read now, in the order of their hints. */
  readonly #ready = new Set<string>()
  /** Subjects to read again, in the order of their first reads, so nearly in that of their times. */
  readonly #settling = new Set<string>()
  /** Subjects whose read failed. */
  readonly #failed = new Set<string>()
  /** Drained reads that are not passed yet; the first has the number {@link #passed}. */
  #marks: Drained[] = []
  #passed = 0
  #lastStartedMs = Number.NEGATIVE_INFINITY

  /** `readsTwice: false`: hints have the state itself, so there is nothing to read again. */
  constructor(settleMs: number, readsTwice: boolean) {
    this.#settleMs = settleMs
    this.#readsTwice = readsTwice
  }

  get size(): number {
    return this.#pending.size
  }

  /** The begin of the last read of hints that came to its end. */
  get drainedMs(): number {
    return this.#lastStartedMs
  }

  /** Returns the subjects that wait. */
  keys(): Iterable<string> {
    return this.#pending.keys()
  }

  /** Notes a hint. */
  touch(key: string, nowMs: number): void {
    if (this.#pending.size >= PENDING_MAX && key !== ALL_SUBJECTS && !this.#pending.has(key)) {
      this.#forgetSingles(nowMs)
      return
    }
    const known = this.#pending.get(key)
    const boundMs = this.#lastStartedMs - this.#settleMs
    if (known === undefined) {
      const mark = this.#passed + this.#marks.length
      this.#pending.set(key, {
        boundMs,
        mark,
        isReading: false,
        isTouchedAgain: false,
        dueMs: nowMs,
      })
      this.#ready.add(key)
      return
    }
    known.boundMs = Math.min(known.boundMs, boundMs)
    if (known.isReading) known.isTouchedAgain = true
    else if (this.#settling.has(key)) this.#readAnew(key, { ...known, dueMs: nowMs })
    // The read that failed is tried again, as the first one after this hint.
    else delete known.firstReadMs
  }

  /** Notes that a read of hints came to its end. */
  drained(mark: Drained): void {
    this.#marks.push(mark)
    this.#lastStartedMs = Math.max(this.#lastStartedMs, mark.startedMs)
  }

  /** Takes the next subject to read, and notes that its read begins now. */
  take(nowMs: number): string | undefined {
    const key = this.#due(nowMs)
    const pending = key === undefined ? undefined : this.#pending.get(key)
    if (key === undefined || pending === undefined) return undefined
    this.#unqueue(key)
    pending.isReading = true
    pending.isTouchedAgain = false
    return key
  }

  /** Returns the time at which the next subject is due, or `undefined` if none waits. */
  nextDueMs(): number | undefined {
    const [ready] = this.#ready
    const [settling] = this.#settling
    const dues = [ready, settling, ...this.#failed].flatMap((key) =>
      key === undefined ? [] : (this.#pending.get(key)?.dueMs ?? []),
    )
    return dues.length === 0 ? undefined : Math.min(...dues)
  }

  #due(nowMs: number): string | undefined {
    const [ready] = this.#ready
    const [settling] = this.#settling
    return [ready, settling, ...this.#failed].find(
      (key) => key !== undefined && (this.#pending.get(key)?.dueMs ?? Infinity) <= nowMs,
    )
  }

  /** Notes that the read which began at `beganMs` was answered: Freshet has the state that it showed. */
  answered(key: string, beganMs: number, nowMs: number): void {
    const pending = this.#pending.get(key)
    if (pending === undefined) return
    pending.isReading = false
    if (pending.isTouchedAgain) {
      this.#readAnew(key, { ...pending, dueMs: nowMs })
      return
    }
    const first = pending.firstReadMs ?? beganMs
    const isSettled = pending.firstReadMs !== undefined && beganMs >= first + this.#settleMs
    if (!this.#readsTwice || this.#settleMs === 0 || isSettled) {
      this.#pending.delete(key)
      return
    }
    const boundMs = Math.max(pending.boundMs, beganMs - this.#settleMs)
    this.#pending.set(key, {
      ...pending,
      boundMs,
      firstReadMs: first,
      dueMs: first + this.#settleMs,
    })
    this.#settling.add(key)
  }

  /** Compares all in place of this subject, which could not be found. All keep back what it kept back. */
  widen(key: string, nowMs: number): void {
    const pending = this.#pending.get(key)
    this.touch(ALL_SUBJECTS, nowMs)
    const all = this.#pending.get(ALL_SUBJECTS)
    if (pending === undefined || all === undefined) return
    this.#unqueue(key)
    this.#pending.delete(key)
    const boundMs = Math.min(all.boundMs, pending.boundMs)
    this.#pending.set(ALL_SUBJECTS, { ...all, boundMs, mark: Math.min(all.mark, pending.mark) })
  }

  /** Notes that a read failed. The next one begins after `pauseMs`. */
  failed(key: string, nowMs: number, pauseMs: number): void {
    const pending = this.#pending.get(key)
    if (pending === undefined) return
    pending.isReading = false
    pending.dueMs = nowMs + pauseMs
    if (pending.isTouchedAgain) delete pending.firstReadMs
    this.#failed.add(key)
  }

  /** Returns the time for which the engine can vouch now, or `undefined` if no read was drained. */
  vouched(): Vouched | undefined {
    let boundMs = this.#lastStartedMs - this.#settleMs
    let mark = this.#passed + this.#marks.length
    for (const pending of this.#pending.values()) {
      boundMs = Math.min(boundMs, pending.boundMs)
      mark = Math.min(mark, pending.mark)
    }
    const kept = Math.max(0, mark - 1 - this.#passed)
    this.#marks = this.#marks.slice(kept)
    this.#passed += kept
    const [latest] = this.#marks
    if (latest === undefined || mark <= this.#passed || boundMs === Number.NEGATIVE_INFINITY)
      return undefined
    return { throughMs: boundMs, cursor: latest.cursor }
  }

  #readAnew(key: string, pending: Pending): void {
    const { boundMs, mark, dueMs } = pending
    this.#unqueue(key)
    this.#pending.set(key, { boundMs, mark, dueMs, isReading: false, isTouchedAgain: false })
    this.#ready.add(key)
  }

  #unqueue(key: string): void {
    for (const queue of [this.#ready, this.#settling, this.#failed]) queue.delete(key)
  }

  /** All are compared in place of the single ones; what they kept back stays kept back. */
  #forgetSingles(nowMs: number): void {
    const all = [...this.#pending.values()]
    const boundMs = Math.min(...all.map((each) => each.boundMs))
    const mark = Math.min(...all.map((each) => each.mark))
    const isReading = this.#pending.get(ALL_SUBJECTS)?.isReading ?? false
    for (const queue of [this.#pending, this.#ready, this.#settling, this.#failed]) queue.clear()
    this.#pending.set(ALL_SUBJECTS, {
      boundMs,
      mark,
      isReading,
      isTouchedAgain: isReading,
      dueMs: nowMs,
    })
    if (!isReading) this.#ready.add(ALL_SUBJECTS)
  }
}
