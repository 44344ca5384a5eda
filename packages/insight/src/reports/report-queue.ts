import { REPORTS_MAX, type ReceivedReport } from '../observatory-store.ts'

/** Reports that wait to be stored; a caller with more waits. */
const WAITING_MAX = 2 * REPORTS_MAX

/** The number of all reports after which something holds. */
interface Mark {
  readonly behind: number
  readonly onKept: () => void
}

/**
 * Keeps reports one lot after the other, each with all that came while the one before was written: the more
 * reports there are, the fewer statements does each take. Once a lot fails nothing more is kept.
 */
export class ReportQueue {
  readonly #keep: (reports: readonly ReceivedReport[]) => Promise<void>
  #waiting: ReceivedReport[] = []
  #marks: Mark[] = []
  #taken = 0
  #kept = 0
  #writing: Promise<void> | undefined
  #failed: { readonly error: unknown } | undefined

  constructor(keep: (reports: readonly ReceivedReport[]) => Promise<void>) {
    this.#keep = keep
  }

  /** Takes reports; `onKept` is called once they and all before are kept. @throws what a lot before threw */
  async take(reports: readonly ReceivedReport[], onKept?: () => void): Promise<void> {
    this.#throwIfFailed()
    for (const report of reports) this.#waiting.push(report)
    this.#taken += reports.length
    if (onKept !== undefined) this.#marks.push({ behind: this.#taken, onKept })
    this.#pass()
    if (this.#waiting.length > 0) this.#writing ??= this.#write()
    while (this.#waiting.length >= WAITING_MAX && this.#writing !== undefined) await this.#writing
    this.#throwIfFailed()
  }

  /** Resolves when no report waits. @throws the error of a lot */
  async idle(): Promise<void> {
    await this.#writing
    this.#throwIfFailed()
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const lot = this.#waiting.splice(0, REPORTS_MAX)
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

  #pass(): void {
    while (this.#marks[0] !== undefined && this.#marks[0].behind <= this.#kept)
      this.#marks.shift()?.onKept()
  }

  #throwIfFailed(): void {
    if (this.#failed !== undefined) throw this.#failed.error
  }
}
