import type { Timer } from '@freshet/wire'
import { REPORTS_MAX, type ReceivedReport } from '../observatory-store.ts'
import { isQuiet } from './quiet-report.ts'

/** Reports that wait to be stored; a caller with more waits. */
const WAITING_MAX = 2 * REPORTS_MAX
/** The time from the begin of one lot to that of the next, while all reports are quiet. */
const QUIET_EVERY_MS = 1_000
/** More quiet reports than this do not wait: a large fleet fills lots by itself. */
const QUIET_MAX = 100

/** The number of all reports after which something holds. */
interface Mark {
  readonly behind: number
  readonly onKept: () => void
}

/**
 * Keeps reports one lot after the other, each with all that came while the one before was written: the more
 * reports there are, the fewer statements does each take. With a timer, a few quiet reports wait for a lot of the same
 * second. Once a lot fails nothing more is kept.
 */
export class ReportQueue {
  readonly #keep: (reports: readonly ReceivedReport[]) => Promise<void>
  readonly #timer: Timer | undefined
  #waiting: ReceivedReport[] = []
  #marks: Mark[] = []
  #taken = 0
  #kept = 0
  #writing: Promise<void> | undefined
  #failed: { readonly error: unknown } | undefined
  #beganAtMs = Number.NEGATIVE_INFINITY
  /** A report that waits is not quiet, or the caller waits for all of them. */
  #isUrgent = false
  #rest: AbortController | undefined

  /** `timer` absent: no report waits but for the lot before. */
  constructor(keep: (reports: readonly ReceivedReport[]) => Promise<void>, timer?: Timer) {
    this.#keep = keep
    this.#timer = timer
  }

  /** Takes reports; `onKept` is called once they and all before are kept. @throws what a lot before threw */
  async take(reports: readonly ReceivedReport[], onKept?: () => void): Promise<void> {
    this.#throwIfFailed()
    for (const report of reports) this.#waiting.push(report)
    this.#taken += reports.length
    if (onKept !== undefined) this.#marks.push({ behind: this.#taken, onKept })
    this.#pass()
    const isMany = this.#waiting.length > QUIET_MAX
    if (isMany || !reports.every(({ report }) => isQuiet(report))) this.#hurry()
    if (this.#waiting.length > 0) this.#writing ??= this.#write()
    while (this.#waiting.length >= WAITING_MAX && this.#writing !== undefined) await this.#writing
    this.#throwIfFailed()
  }

  /** Resolves when no report waits. @throws the error of a lot */
  async idle(): Promise<void> {
    this.#hurry()
    await this.#writing
    this.#throwIfFailed()
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        await this.#untilDue()
        const lot = this.#waiting.splice(0, REPORTS_MAX)
        this.#isUrgent = this.#waiting.length > 0
        await this.#keep(lot)
        this.#kept += lot.length
        this.#pass()
      }
    } catch (error) {
      this.#failed = { error }
      this.#waiting = []
    } finally {
      this.#writing = undefined
    }
  }

  #hurry(): void {
    this.#isUrgent = true
    this.#rest?.abort()
  }

  async #untilDue(): Promise<void> {
    if (this.#timer === undefined) return
    const leftMs = this.#beganAtMs + QUIET_EVERY_MS - this.#timer.monotonicMs()
    if (!this.#isUrgent && leftMs > 0) {
      this.#rest = new AbortController()
      await this.#timer.sleep(leftMs, this.#rest.signal)
      this.#rest = undefined
    }
    this.#beganAtMs = this.#timer.monotonicMs()
  }

  #pass(): void {
    while (this.#marks[0] !== undefined && this.#marks[0].behind <= this.#kept)
      this.#marks.shift()?.onKept()
  }

  #throwIfFailed(): void {
    if (this.#failed !== undefined) throw this.#failed.error
  }
}
